// No imports: this file works with any eslint, installed or not.
const globals = ["console", "fetch", "process", "URL"];

export default [
  {
    files: ["src/**/*.js", "test/**/*.js", "*.js"],
    languageOptions: { globals: Object.fromEntries(globals.map((name) => [name, "readonly"])) },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "consistent-return": "error",
      eqeqeq: "error",
      "no-undef": "error",
      "no-unused-vars": "error",
      "prefer-const": "error",
    },
  },
  {
    // Configuration has one home.
    files: ["src/**/*.js"],
    ignores: ["src/main.js", "src/healthcheck.js"],
    rules: {
      "no-restricted-globals": ["error", { name: "process", message: "Read the environment in main.js." }],
    },
  },
];
