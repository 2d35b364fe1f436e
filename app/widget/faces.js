// @ts-check
// The paces as drawn faces, for `createIcon`: emoji are missing in many fonts. The pages have them too:
// app/templates/macros/faces.html.

/** Heads: to the right of the lines that a fast one trails, or in the middle. */
const RIGHT = "M10 2.75a5.25 5.25 0 1 1 0 10.5a5.25 5.25 0 0 1 0-10.5";
const MIDDLE = "M8 2a6 6 0 1 1 0 12a6 6 0 0 1 0-12";

export const FACES = {
  wayTooFast: `${RIGHT}M8.5 6.5v.01M11.75 6.5v.01M9.25 9.75a.9.9 0 1 1 1.8 0a.9.9 0 1 1-1.8 0`
    + "M2.75 4.5h1M.75 8h2M2.75 11.5h1",
  fast: `${RIGHT}M8.5 6.75v.01M11.75 6.75v.01M8.5 10.25h3.25M1.5 6h1.75M1.5 10h1.75`,
  slightlyFast: `${RIGHT}M8.5 6.75v.01M11.75 6.75v.01M8.25 9.75q1.9 1.5 3.75 0M.75 8h2`,
  onTarget: `${MIDDLE}M6 6.5v.01M10 6.5v.01M5 9.25q3 3.25 6 0`,
  aBitSlow: `${MIDDLE}M5.25 6.75h1.5M9.25 6.75h1.5M5.75 10.25h4.5`,
  slow: `${MIDDLE}M5.25 6.75h1.5M9.25 6.75h1.5M5.25 11q2.75-2.5 5.5 0`,
  noQuestions: "M7 4.25a5.1 5.1 0 1 0 4.9 4.9M4.25 8.75q.8.8 1.6 0M7.75 8.75q.8.8 1.6 0M6 11.75h1.75"
    + "M10.5 1.75h3.75l-3.75 4.5h3.75",
  /** A question mark. */
  unknown: `${MIDDLE}M6.25 6.5a1.75 1.75 0 1 1 2.6 1.5q-.85.5-.85 1.25M8 11.5v.01`,
};
