// The style of the JavaScript, checked by `make lint-js`. Undefined names are found by tsc.
import js from "@eslint/js";

const ANY_WORD = "[value=/[A-Za-z]{2}/]";
const ANY_TEMPLATE = "TemplateLiteral:has(TemplateElement[value.raw=/[A-Za-z]{2}/])";
const SENTENCE = "/^[A-Z][a-z]+ [a-z]|[a-z]{2}[.?!](\\s|$)/";
const CREATE = "CallExpression[callee.name=/^create(Element|Button|ExternalLink)$/]";
const FROM_THIRD = ":not(:nth-child(1)):not(:nth-child(2))";
const MESSAGE = "Texts for the user belong into app/widget/messages.js.";

/** Texts for the user by their form, and by their place: children of elements, arguments of setText, labels. */
const TEXTS = [
  `Literal[value=${SENTENCE}]`,
  `TemplateElement[value.raw=${SENTENCE}]`,
  `CallExpression[callee.name=/^set(Text|Line)$/] :matches(Literal${ANY_WORD}, ${ANY_TEMPLATE})`,
  `${CREATE} > Literal${ANY_WORD}${FROM_THIRD}`,
  `${CREATE} > ${ANY_TEMPLATE}${FROM_THIRD}`,
  `Property[key.value=aria-label] > Literal.value${ANY_WORD}`,
  `AssignmentExpression[left.property.name=ariaLabel] Literal${ANY_WORD}`,
];

export default [
  { ignores: [".venv/", "app/.venv/", "bench/", "tests/browser/"] },
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "complexity": ["error", 10],
      "eqeqeq": "error",
      "id-length": ["error", { min: 2, exceptions: ["a", "b", "i", "n", "x", "y"], properties: "never" }],
      "max-depth": ["error", 3],
      "max-len": ["error", { code: 120 }],
      "max-lines": ["error", { max: 300, skipBlankLines: true }],
      "max-params": ["error", 5],
      "no-multi-assign": "error",
      "no-nested-ternary": "error",
      "no-sequences": "error",
      "no-undef": "off",
      "no-var": "error",
      "one-var": ["error", "never"],
      "prefer-const": "error",
    },
  },
  {
    files: ["app/widget/*.js"],
    ignores: ["app/widget/messages.js", "app/widget/messages_de.js"],
    rules: { "no-restricted-syntax": ["error", ...TEXTS.map((selector) => ({ selector, message: MESSAGE }))] },
  },
];
