import { Effect } from "effect"
import { button, heading, link, rowsOf } from "./Controls.ts"
import type { Control, Portal } from "./Portal.ts"

export interface PaymentsState {
  /** `waiting`: a person at the payments provider has to decide. `none`: nothing is under way. */
  readonly status: "connected" | "waiting" | "none"
  /** Whether the portal offers the way to the payments provider's own pages. */
  readonly hasLink: boolean
  readonly accountId?: string
  readonly reference?: string
  /** The end of the account number that payouts go to. */
  readonly accountEnding?: string
}

const bankDetails = link("Send bank details")

/** The same way in, before and after its first use. */
const connect: Control = {
  name: "the button “Connect payments” or “Continue onboarding”",
  locate: (page) => button("Connect payments").locate(page).or(button("Continue onboarding").locate(page))
}

const statusOf = (text: string | undefined): PaymentsState["status"] => {
  if (text === "Connected") return "connected"
  return text?.startsWith("Waiting") ? "waiting" : "none"
}

const ifAny = <K extends string>(key: K, value: string | undefined) =>
  (value === undefined ? {} : { [key]: value }) as { readonly [_ in K]?: string }

export const makePaymentsPage = (portal: Portal) => ({
  read: Effect.gen(function* () {
    yield* portal.open("payments")
    yield* portal.find(heading("Payments"))
    const rows = yield* portal.use((page) => rowsOf(page, "Online payments"))
    const texts = new Map(rows.map(({ cells: [label = "", text = ""] }) => [label, text]))
    const status = statusOf(texts.get("Status"))
    const state: PaymentsState = {
      status,
      // With neither of the two ways on it the page has changed, and the next click says so.
      hasLink: status === "none" && !(yield* portal.has(bankDetails)),
      ...ifAny("accountId", texts.get("Account ID")),
      ...ifAny("reference", texts.get("Reference")),
      ...ifAny("accountEnding", /ending in (\S+)$/u.exec(texts.get("Payouts") ?? "")?.[1])
    }
    return state
  }),
  /** Goes from the open page to the payments provider's own. */
  connect: portal.submit(connect)
})
