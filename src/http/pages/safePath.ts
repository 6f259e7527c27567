/** Only a path of this server: `//host` and `/\host` lead elsewhere. */
export const safePath = (path: string | undefined, otherwise = "/jobs"): string =>
  path && /^\/(?![/\\])/u.test(path) ? path : otherwise
