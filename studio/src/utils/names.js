// Names that fit where they are shown.

const LONGEST = 26;

/** A name as it is, or its begin if it is long. @param {string} name */
export const shortened = (name) => (name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name);
