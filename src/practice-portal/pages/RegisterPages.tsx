/** The screens of a registration, one after the other: account, address, opening, confirmation, and the welcome. */
import type { Child } from "hono/jsx"
import { type Address, countries, type Opening, type Owner, weekdays } from "../data/Accounts.ts"
import { Layout, Notice, Problem } from "./Layout.tsx"

interface StepProps {
  readonly base: string
  readonly problem?: string | undefined
}

interface FieldProps {
  readonly name: string
  readonly label: string
  readonly type?: "text" | "email" | "password" | "tel" | "time"
  readonly value?: string | undefined
}

const Field = ({ label, name, type = "text", value }: FieldProps) => (
  <>
    <label for={name}>{label}</label>
    <input id={name} name={name} type={type} value={value ?? ""} required maxlength={200} autocomplete="off" />
  </>
)

interface WizardStepProps extends StepProps {
  readonly title: string
  /** Where its form goes, below `/register`. */
  readonly path: string
  readonly place: number
  readonly button?: string
  readonly children?: Child
}

const WizardStep = ({ base, button = "Continue", children, path, place, problem, title }: WizardStepProps) => (
  <Layout base={base} title={title}>
    <p class="crumbs">Register a restaurant: step {place} of 4</p>
    {problem === undefined ? null : <Problem>{problem}</Problem>}
    <form class="card" method="post" action={`${base}/register${path}`}>
      {children}
      <button type="submit">{button}</button>
    </form>
  </Layout>
)

type AccountPageProps = StepProps & { readonly typed: Partial<Pick<Owner, "restaurant" | "name" | "email">> }

export const AccountPage = ({ base, problem, typed }: AccountPageProps) => (
  <WizardStep base={base} title="Account" path="" place={1} problem={problem}>
    <Field name="restaurantId" label="Restaurant ID" value={typed.restaurant} />
    <Field name="name" label="Restaurant name" value={typed.name} />
    <Field name="email" label="E-mail" type="email" value={typed.email} />
    <Field name="password" label="Password" type="password" />
  </WizardStep>
)

export const AddressPage = ({ base, problem, typed }: StepProps & { readonly typed: Partial<Address> }) => (
  <WizardStep base={base} title="Address" path="/address" place={2} problem={problem}>
    <Field name="street" label="Street" value={typed.street} />
    <Field name="postalCode" label="Postal code" value={typed.postalCode} />
    <Field name="city" label="City" value={typed.city} />
    <label for="country">Country</label>
    <select id="country" name="country">
      {countries.map((country) => (
        <option selected={country === typed.country}>{country}</option>
      ))}
    </select>
    <Field name="phone" label="Phone" type="tel" value={typed.phone} />
  </WizardStep>
)

export const OpeningPage = ({ base, problem, typed }: StepProps & { readonly typed: Partial<Opening> }) => (
  <WizardStep base={base} title="Opening hours" path="/opening" place={3} problem={problem}>
    <fieldset>
      <legend>Open on</legend>
      {weekdays.map((day) => (
        <label class="choice">
          <input type="checkbox" name="days" value={day} checked={typed.days?.includes(day)} /> {day}
        </label>
      ))}
    </fieldset>
    <Field name="from" label="From" type="time" value={typed.from} />
    <Field name="to" label="To" type="time" value={typed.to} />
  </WizardStep>
)

export interface DetailsProps {
  readonly name: string
  readonly email: string
  readonly address: Address
  readonly opening: Opening
}

/** What was registered, in words. */
const Details = ({ address, email, name, opening }: DetailsProps) => {
  const rows = [
    ["Restaurant name", name],
    ["E-mail", email],
    ["Street", address.street],
    ["Postal code", address.postalCode],
    ["City", address.city],
    ["Country", address.country],
    ["Phone", address.phone],
    ["Open on", opening.days.join(", ")],
    ["Hours", `${opening.from} to ${opening.to}`]
  ]
  return (
    <table>
      <caption>Details</caption>
      <tbody>
        {rows.map(([label, value]) => (
          <tr>
            <th scope="row">{label}</th>
            <td>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

export const ConfirmPage = (props: StepProps & { readonly details: DetailsProps }) => (
  <WizardStep
    base={props.base}
    title="Confirm"
    path="/confirm"
    place={4}
    problem={props.problem}
    button="Create restaurant"
  >
    <Details {...props.details} />
    <label class="choice">
      <input type="checkbox" name="terms" value="accepted" /> I accept the terms
    </label>
  </WizardStep>
)

export const WelcomePage = ({ base, restaurant }: { readonly base: string; readonly restaurant: string }) => (
  <Layout base={base} title="Welcome">
    <Notice>{restaurant} is registered.</Notice>
    <p>
      <a href={`${base}/sign-in`}>Sign in</a>
    </p>
  </Layout>
)

interface ProfilePageProps {
  readonly base: string
  readonly restaurant: string
  readonly details: DetailsProps | undefined
}

export const ProfilePage = ({ base, details, restaurant }: ProfilePageProps) => (
  <Layout base={base} title="Restaurant" restaurant={restaurant}>
    {details === undefined ? (
      <p>Nobody has registered this restaurant: it is one of those that exist to practise on.</p>
    ) : (
      <Details {...details} />
    )}
  </Layout>
)
