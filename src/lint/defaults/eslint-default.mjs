// The configuration for projects that have none. It is part of the binary and written to a private folder for each run, so the
// packages are found beside the baked eslint, wherever that is installed.
import { createRequire } from "node:module";

const require = createRequire(process.env.FOUNDATION_ESLINT);
const js = require("@eslint/js");
const globals = require("globals");

const everywhere = { ...globals.browser, ...globals.node, ...globals.vitest };

const config = [
  {
    files: ["**/*.{js,mjs,jsx}"],
    ...js.configs.recommended,
    languageOptions: {
      ecmaVersion: "latest",
      sourceType: "module",
      globals: everywhere,
      parserOptions: { ecmaFeatures: { jsx: true } },
    },
  },
  {
    files: ["**/*.cjs"],
    ...js.configs.recommended,
    languageOptions: { ecmaVersion: "latest", sourceType: "commonjs", globals: everywhere },
  },
  {
    // A component is used where only JSX names it, which eslint itself does not see.
    files: ["**/*.jsx"],
    rules: { "no-unused-vars": "off" },
  },
];

// Loading the TypeScript compiler takes longer than linting a small project.
if (process.env.FOUNDATION_TYPESCRIPT === "1") {
  const typescript = require("typescript-eslint");
  config.push(
    ...typescript.config({
      files: ["**/*.{ts,mts,cts,tsx}"],
      extends: [js.configs.recommended, typescript.configs.recommended],
      languageOptions: { globals: everywhere },
      // The compiler knows which names exist, and this rule does not know types.
      rules: { "no-undef": "off" },
    }),
  );
}

export default config;
