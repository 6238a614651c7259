// No imports: this file works with any eslint, installed or not.
const globals = ["console", "fetch", "process", "URL"];

export default [
  {
    files: ["**/*.js"],
    languageOptions: { globals: Object.fromEntries(globals.map((name) => [name, "readonly"])) },
    rules: {
      eqeqeq: "error",
      "no-undef": "error",
      "no-unreachable": "error",
      "no-unused-vars": "error",
      "no-var": "error",
      "prefer-const": "error",
    },
  },
];
