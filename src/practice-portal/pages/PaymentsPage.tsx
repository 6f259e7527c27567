import { isLinkOffered, lastFour, type Payments } from "../data/Payments.ts"
import { TextField } from "./FormParts.tsx"
import { Layout, Notice, Problem } from "./Layout.tsx"

interface PaymentsPageProps {
  readonly base: string
  readonly restaurant: string
  readonly payments: Payments
  readonly wasSaved: boolean
}

const statusOf = ({ accountId, onboarding, reference }: Payments, isOffered: boolean) => {
  if (accountId !== undefined) return "Connected"
  if (reference !== undefined) return "Waiting for the payments provider"
  if (!isOffered) return "No online onboarding"
  return onboarding === "" ? "Not connected" : "Onboarding not finished"
}

const NextThing = ({ base, payments, restaurant }: Omit<PaymentsPageProps, "wasSaved">) => {
  if (payments.accountId !== undefined) return null
  if (payments.reference !== undefined) {
    return (
      <form class="card" method="post" action={`${base}/payments/decide`}>
        <h2>Practice: decide for the payments provider</h2>
        <p>A real portal has no such button. There, a person at the provider looks at the bank details.</p>
        <button type="submit">Accept the bank details</button>
      </form>
    )
  }
  if (!isLinkOffered(restaurant)) {
    return (
      <>
        <p>The payments provider cannot take this restaurant on by itself. Send the bank details: a person decides.</p>
        <p>
          <a href={`${base}/payments/bank-details`}>Send bank details</a>
        </p>
      </>
    )
  }
  return (
    <form class="card" method="post" action={`${base}/payments/connect`}>
      <h2>Take payments online</h2>
      <p>You go on at the payments provider, and come back here at the end.</p>
      <button type="submit">{payments.onboarding === "" ? "Connect payments" : "Continue onboarding"}</button>
    </form>
  )
}

const Row = ({ label, value }: { readonly label: string; readonly value: string | undefined }) =>
  value === undefined ? null : (
    <tr>
      <th scope="row">{label}</th>
      <td>{value}</td>
    </tr>
  )

export const PaymentsPage = ({ wasSaved, ...props }: PaymentsPageProps) => {
  const { base, payments, restaurant } = props
  const account = payments.bank === undefined ? undefined : `Account ending in ${lastFour(payments.bank.iban)}`
  const isOfUse = payments.accountId !== undefined || payments.reference !== undefined
  return (
    <Layout base={base} title="Payments" restaurant={restaurant}>
      {wasSaved ? <Notice>Saved.</Notice> : null}
      <table>
        <caption>Online payments</caption>
        <tbody>
          <Row label="Status" value={statusOf(payments, isLinkOffered(restaurant))} />
          <Row label="Account ID" value={payments.accountId} />
          <Row label="Reference" value={payments.reference} />
          <Row label="Payouts" value={isOfUse ? account : undefined} />
        </tbody>
      </table>
      <NextThing {...props} />
    </Layout>
  )
}

interface BankDetailsPageProps {
  readonly base: string
  readonly restaurant: string
  readonly holder: string
  readonly problem?: string | undefined
}

export const BankDetailsPage = ({ base, holder, problem, restaurant }: BankDetailsPageProps) => (
  <Layout base={base} title="Bank details" restaurant={restaurant}>
    <p class="crumbs">
      <a href={`${base}/payments`}>Payments</a> / Bank details
    </p>
    {problem === undefined ? null : <Problem>{problem}</Problem>}
    <form class="card" method="post" action={`${base}/payments/bank-details`}>
      <TextField name="holder" label="Account holder" value={holder} />
      <TextField name="iban" label="IBAN" value="" />
      <button type="submit">Send for review</button>
    </form>
  </Layout>
)
