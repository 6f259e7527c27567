/** Prices and rates are kept in hundredths: more decimals would be rounded without a word. */
export const hasTwoDecimals = (value: number): boolean => Math.abs(value * 100 - Math.round(value * 100)) < 1e-9
