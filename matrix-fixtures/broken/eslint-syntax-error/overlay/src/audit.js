/** One line for the audit log; never with the token itself. */
export function auditLine(client, scope, at = new Date()) {
  return JSON.stringify({ at: at.toISOString(), client, scope };
}
