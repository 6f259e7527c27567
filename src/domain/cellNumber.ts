/** Numbers as sheets write them: what separates the cells tells how a sheet writes its decimals. */

import { isRoundedInteger } from "./roundedInteger.ts"

/** Exponents, hexadecimal digits and what else a program takes for a number are typing errors in a sheet. */
const WITH_POINT = /^-?\d+(?:\.\d+)?$/u

/** `12,5`, `1.200,50`, `1.200.000`: of countries whose sheets are separated by semicolons. */
const WITH_COMMA = /^-?(?:\d+|[1-9]\d{0,2}(?:\.\d{3})+)(?:,\d+)?$/u

/** Thousands or a decimal: it depends on the country. */
const POINT_AND_THREE = /^-?[1-9]\d{0,2}\.\d{3}$/u
const COMMA_AND_THREE = /^-?[1-9]\d{0,2},\d{3}$/u

/** Whether a number could mean two things that are a thousand times apart. Tabs are used everywhere. */
export const isAmbiguous = (cell: string, delimiter: string): boolean => {
  const text = cell.trim()
  return (delimiter !== "," && POINT_AND_THREE.test(text)) || (delimiter === "\t" && COMMA_AND_THREE.test(text))
}

/** Undefined for what is no number, or would become another one. */
export const numberOf = (cell: string, delimiter: string): number | undefined => {
  const text = cell.trim()
  const hasComma = delimiter !== "," && WITH_COMMA.test(text)
  const plain = hasComma ? text.replaceAll(".", "").replace(",", ".") : text
  return WITH_POINT.test(plain) && !isRoundedInteger(plain) ? Number(plain) : undefined
}
