/** Only a path of this server: `//host` and `/\host` lead elsewhere, and so does what browsers drop from addresses. */
export const safePath = (path: string | undefined, otherwise = "/jobs"): string =>
  path !== undefined && /^\/(?![/\\])[^\p{Cc}\\]*$/u.test(path) ? path : otherwise
