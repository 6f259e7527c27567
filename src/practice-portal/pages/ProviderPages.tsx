/** The practice site of a payments provider: another firm, with other colours and no navigation of the back office. */
import { html } from "hono/html"
import type { Child } from "hono/jsx"
import {
  type BankAccount,
  type Business,
  businessTypes,
  countries,
  lastFour,
  type Payments,
  type Representative
} from "../data/Payments.ts"
import { CheckField, SelectField, TextField } from "./FormParts.tsx"
import { Problem } from "./Layout.tsx"

interface ProviderLayoutProps {
  readonly base: string
  readonly title: string
  readonly problem?: string | undefined
  readonly children?: Child
}

export const ProviderLayout = ({ base, children, problem, title }: ProviderLayoutProps) =>
  html`<!doctype html>${(
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · Penny & Co. (practice site)`}</title>
        <link rel="stylesheet" href={`${base}/portal.css`} />
        <link rel="stylesheet" href={`${base}/controls.css`} />
        <link rel="stylesheet" href={`${base}/setup.css`} />
        <link rel="icon" href={`${base}/icon.svg`} type="image/svg+xml" />
      </head>
      <body class="provider">
        <header>
          <p class="brand">Penny & Co.</p>
          <p class="practice">Practice site of a payments provider: no money, nothing real</p>
        </header>
        <main>
          <h1>{title}</h1>
          {problem === undefined ? null : <Problem>{problem}</Problem>}
          {children}
        </main>
      </body>
    </html>
  )}`

export interface StagePageProps {
  readonly base: string
  /** Where the form is sent. */
  readonly action: string
  readonly payments: Payments
  readonly problem?: string | undefined
}

const StageForm = (props: StagePageProps & { readonly title: string; readonly step: number; children?: Child }) => (
  <ProviderLayout base={props.base} title={props.title} problem={props.problem}>
    <p class="hint">Step {props.step} of 4</p>
    <form class="card" method="post" action={props.action}>
      {props.children}
      <button type="submit">{props.step === 4 ? "Submit" : "Continue"}</button>
    </form>
  </ProviderLayout>
)

const same = (texts: ReadonlyArray<string>) => texts.map((text) => [text, text] as const)

export const BusinessStage = (props: StagePageProps) => {
  const value = (name: keyof Business) => props.payments.business?.[name] ?? ""
  return (
    <StageForm {...props} title="Business details" step={1}>
      <TextField name="legalName" label="Legal name" value={value("legalName")} />
      <SelectField
        name="businessType"
        label="Business type"
        value={value("businessType")}
        choices={same(businessTypes)}
      />
      <TextField name="taxNumber" label="Tax number" value="" />
      <TextField name="street" label="Street and number" value={value("street")} />
      <TextField name="postcode" label="Postcode" value={value("postcode")} />
      <TextField name="city" label="City" value={value("city")} />
      <SelectField name="country" label="Country" value={value("country")} choices={same(countries)} />
    </StageForm>
  )
}

export const RepresentativeStage = (props: StagePageProps) => {
  const value = (name: keyof Representative) => props.payments.representative?.[name] ?? ""
  return (
    <StageForm {...props} title="Representative" step={2}>
      <TextField name="firstName" label="First name" value={value("firstName")} />
      <TextField name="lastName" label="Last name" value={value("lastName")} />
      <TextField name="birthDate" label="Date of birth" type="date" value={value("birthDate")} />
      <TextField name="email" label="E-mail" type="email" value={value("email")} />
      <TextField name="phone" label="Telephone" type="tel" value={value("phone")} />
    </StageForm>
  )
}

export const BankStage = (props: StagePageProps) => {
  const value = (name: keyof BankAccount) => props.payments.bank?.[name] ?? ""
  return (
    <StageForm {...props} title="Bank account" step={3}>
      <TextField name="holder" label="Account holder" value={value("holder")} />
      <TextField name="iban" label="IBAN" value="" />
    </StageForm>
  )
}

const ReviewRow = ({ label, value }: { readonly label: string; readonly value: string | undefined }) => (
  <tr>
    <th scope="row">{label}</th>
    <td>{value}</td>
  </tr>
)

export const ReviewStage = (props: StagePageProps) => (
  <StageForm {...props} title="Review and submit" step={4}>
    <table>
      <caption>Your application</caption>
      <tbody>
        <ReviewRow label="Legal name" value={props.payments.business?.legalName} />
        <ReviewRow label="City" value={props.payments.business?.city} />
        <ReviewRow label="Payouts" value={`To the account ending in ${lastFour(props.payments.bank?.iban ?? "")}`} />
      </tbody>
    </table>
    <CheckField name="agrees" checked={false}>
      I agree to the terms of service
    </CheckField>
  </StageForm>
)
