// Words by which places can be told apart, as naming.py has them.
const SMALL = "₀₁₂₃₄₅₆₇₈₉";

/** Words that come more than once with a small number: the first, the second. */
export const toldApart = (words) =>
  words.map((word, i) => {
    if (words.indexOf(word) === words.lastIndexOf(word)) return word;
    const nth = words.slice(0, i + 1).filter((other) => other === word).length;
    return word + String(nth).replace(/./g, (digit) => SMALL[digit]);
  });
