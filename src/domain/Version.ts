/** As in package.json, which a file of its own cannot be read from in a one-file executable. */
export const VERSION = "0.1.0"
