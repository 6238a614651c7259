import js from "@eslint/js";

export default [
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
      // Random numbers that matter come from node:crypto.
      "no-restricted-properties": ["error", { object: "Math", property: "random" }],
    },
  },
];
