/** What the board says about the server it runs in. */
export interface BoardInfo {
  /** Nobody has to sign in: no key is configured, so the server listens on this computer only. */
  readonly localOnly: boolean
}
