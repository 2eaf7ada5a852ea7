/** How long a text may be, as openapi.yaml says it; tests/ui/letters.test.mjs holds the two together. */
export const LETTERS = { person: 100, position: 100, class: 23, group: 63 };
