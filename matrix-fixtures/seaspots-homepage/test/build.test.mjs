import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../scripts/build.sh", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "homepage-"));
after(() => rm(folder, { recursive: true }));

function build(version) {
  const out = join(folder, "dist");
  const env = { ...process.env, VERSION: version };
  return { out, ...spawnSync(script, [out], { env, encoding: "utf8" }) };
}

test("the version and the build id are filled in", async () => {
  const { out, status, stderr } = build("1.2.3");
  assert.equal(status, 0, stderr);
  const [version, id] = (await readFile(join(out, "version.txt"), "utf8")).trim().split(" ");
  const page = await readFile(join(out, "index.html"), "utf8");
  assert.equal(version, "1.2.3");
  assert.match(page, /Version 1\.2\.3/);
  assert.ok(page.includes(`js/main.js?v=${id}`));
  assert.doesNotMatch(page, /@[A-Z]+@/);
});

test("a strange version is refused", () => {
  const { status, stderr } = build("1/e;s");
  assert.equal(status, 2);
  assert.match(stderr, /no version/);
});
