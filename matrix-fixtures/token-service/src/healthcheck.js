// Run inside the container: exit 0 when our own server answers.
const port = process.env.PORT ?? 8080;

try {
  const { ok } = await fetch(`http://127.0.0.1:${port}/healthz`);
  process.exitCode = ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
