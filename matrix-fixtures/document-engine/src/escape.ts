const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  // Not for HTML: a value must not start our own bold text.
  "*": "&#42;",
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"'*]/g, (char) => ENTITIES[char] ?? char);
}
