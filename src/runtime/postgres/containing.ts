/** For `LIKE`: texts that contain this one, in which `%` and `_` are meant as they are. */
export const containing = (text: string) => `%${text.replaceAll(/[\\%_]/gu, "\\$&")}%`
