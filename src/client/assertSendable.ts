/**
 * What can never be sent is no lost network: it is thrown as it is, and not sent again. Without what the platform says of
 * it as its cause: some of them quote the token, or the password of an address.
 */

const assertHeaders = (headers: Record<string, string>): void => {
  try {
    new Headers(headers)
  } catch {
    throw new TypeError("The token, organisation or key of this request has characters that no header can carry.")
  }
}

/** Without who asks and what for, as far as an address that nobody can read tells them apart. */
const shown = (url: string): string => url.replace(/^.*@/su, "").replace(/[?#].*$/su, "")

const assertAddress = (url: string): void => {
  try {
    new Request(url)
  } catch {
    throw new TypeError(
      url.includes("@")
        ? `No request can go to a baseUrl with a user name and password in it (${shown(url)}). Use a token, or a fetch of your own.`
        : `${shown(url)} is no whole address. Outside of a page, createClient needs a baseUrl.`
    )
  }
}

export const assertSendable = (url: string, headers: Record<string, string>, isOwnFetch: boolean): void => {
  assertHeaders(headers)
  // A `fetch` of the team may know what an address without a host means.
  if (!isOwnFetch) assertAddress(url)
}
