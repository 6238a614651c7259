export type Paper = "a4" | "letter";

/** The print style of a sheet of paper. */
export function pageCss(paper: Paper): string {
  const rules = ["margin: 20mm"];
  switch (paper) {
    case "a4":
      rules.push("size: A4");
    case "letter":
      rules.push("size: letter");
  }
  return `@page { ${rules.join("; ")} }`;
}
