import { currencies, languages, type SystemSettings, timeZones } from "../data/SystemSettings.ts"
import { CheckField, SelectField, TextArea, TextField } from "./FormParts.tsx"
import { Layout, Notice, Problem } from "./Layout.tsx"

interface SettingsPageProps {
  readonly base: string
  readonly restaurant: string
  readonly settings: SystemSettings
  readonly wasSaved: boolean
  readonly problem?: string | undefined
}

export const SettingsPage = (props: SettingsPageProps) => {
  const { base, problem, restaurant, settings, wasSaved } = props
  return (
    <Layout base={base} title="Settings" restaurant={restaurant}>
      {wasSaved ? <Notice>Saved.</Notice> : null}
      {problem === undefined ? null : <Problem>{problem}</Problem>}
      <form class="card" method="post" action={`${base}/settings`}>
        <SelectField name="timeZone" label="Time zone" value={settings.timeZone} choices={timeZones} />
        <SelectField name="currency" label="Currency" value={settings.currency} choices={currencies} />
        <SelectField name="language" label="Language" value={settings.language} choices={languages} />
        <TextField name="standardTax" label="Standard tax rate in %" value={settings.standardTax} />
        <TextField name="reducedTax" label="Reduced tax rate in %" value={settings.reducedTax} />
        <CheckField name="pricesIncludeTax" checked={settings.pricesIncludeTax}>
          Prices include tax
        </CheckField>
        <TextField name="orderEmail" label="Order e-mail" type="email" value={settings.orderEmail} />
        <CheckField name="sendsOrderEmail" checked={settings.sendsOrderEmail}>
          Send an e-mail for each order
        </CheckField>
        <TextArea
          name="receiptText"
          label="Receipt text"
          value={settings.receiptText}
          hint="At the end of each receipt."
        />
        <button type="submit">Save settings</button>
      </form>
    </Layout>
  )
}
