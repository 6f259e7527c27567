/** No secret, only unique: it also works in pages that are not served by HTTPS. */
export const makeKey = (): string => Array.from({ length: 3 }, () => Math.random().toString(36).slice(2)).join("")
