// The one style of JavaScript here, and mistakes that reading finds. script/format writes it and checks it.
import stylistic from "@stylistic/eslint-plugin";

const spacing = {
  "array-bracket-spacing": "error",
  "arrow-parens": "error",
  "arrow-spacing": "error",
  "block-spacing": "error",
  "comma-spacing": "error",
  "eol-last": "error",
  "indent": ["error", 2, { SwitchCase: 1, ignoredNodes: ["ConditionalExpression"] }],
  "key-spacing": "error",
  "keyword-spacing": "error",
  "no-multi-spaces": ["error", { ignoreEOLComments: true }],
  "no-trailing-spaces": "error",
  "object-curly-spacing": ["error", "always"],
  "semi-spacing": "error",
  "space-before-blocks": "error",
  "space-before-function-paren": ["error", { anonymous: "never", named: "never", asyncArrow: "always" }],
  "space-in-parens": "error",
  "space-infix-ops": "error",
  "template-curly-spacing": "error",
};
const signs = {
  "brace-style": ["error", "1tbs", { allowSingleLine: true }],
  "comma-dangle": ["error", "always-multiline"],
  "no-extra-semi": "error",
  "quotes": ["error", "double", { avoidEscape: true, allowTemplateLiterals: "always" }],
  "semi": "error",
};
const named = (rules) => Object.fromEntries(Object.entries(rules).map(([name, how]) => [`@stylistic/${name}`, how]));
const unused = { args: "none", ignoreRestSiblings: true, varsIgnorePattern: "^_", destructuredArrayIgnorePattern: "^_" };

export default [
  {
    files: ["**/*.js", "**/*.mjs", "**/*.cjs", "script/[a-z_]*"],
    plugins: { "@stylistic": stylistic },
    rules: { ...named(spacing), ...named(signs), "eqeqeq": "error", "no-unused-vars": ["error", unused], "no-var": "error", "prefer-const": "error" },
  },
  {
    // What old browsers run.
    files: ["examples/*/public/**"],
    rules: { "no-var": "off", "@stylistic/comma-dangle": ["error", "never"] },
  },
];
