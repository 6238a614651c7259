/** Renders our small Markdown: headings, lists, paragraphs, bold. The text is already escaped. */
export function renderBlocks(text: string): string {
  return text
    .split(/\n{2,}/)
    .map((block) => block.trim())
    .filter((block) => block !== "")
    .map(renderBlock)
    .join("\n");
}

function renderBlock(block: string): string {
  const heading = /^(#{1,3}) (.+)$/.exec(block);
  if (heading) {
    const [, marks = "#", title = ""] = heading;
    return `<h${marks.length}>${inline(title)}</h${marks.length}>`;
  }
  const lines = block.split("\n");
  if (lines.every((line) => line.startsWith("- "))) {
    const entries = lines.map((line) => `  <li>${inline(line.slice(2))}</li>`);
    return ["<ul>", ...entries, "</ul>"].join("\n");
  }
  return `<p>${inline(lines.join("<br>\n"))}</p>`;
}

function inline(text: string): string {
  return text.replace(/\*\*(.+?)\*\*/g, "<strong>$1</strong>");
}
