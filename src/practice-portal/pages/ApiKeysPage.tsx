import { type ApiKey, permissions } from "../data/ApiKeys.ts"
import { CheckField, TextField } from "./FormParts.tsx"
import { Layout, Notice, Problem } from "./Layout.tsx"

interface ApiKeysPageProps {
  readonly base: string
  readonly restaurant: string
  readonly keys: ReadonlyArray<ApiKey>
  /** Shown by the answer that created it, and by no other. */
  readonly newKey?: string
  readonly wasRevoked?: boolean
  readonly problem?: string | undefined
}

const KeyTable = ({ base, keys }: Pick<ApiKeysPageProps, "base" | "keys">) => (
  <table class="stack">
    <caption>All keys</caption>
    <thead>
      <tr>
        <th scope="col">Name</th>
        <th scope="col">Key</th>
        <th scope="col">May</th>
        <th scope="col">Note</th>
        <th scope="col">
          <span class="unseen">Action</span>
        </th>
      </tr>
    </thead>
    <tbody>
      {keys.map((key) => (
        <tr>
          <th scope="row">{key.name}</th>
          <td>
            <code>{key.id}</code>…
          </td>
          <td>{key.permissions}</td>
          <td>{key.note}</td>
          <td>
            <form method="post" action={`${base}/api-keys/${key.id}/revoke`}>
              <button type="submit" class="danger" aria-label={`Revoke ${key.id}`}>
                Revoke
              </button>
            </form>
          </td>
        </tr>
      ))}
    </tbody>
  </table>
)

export const ApiKeysPage = (props: ApiKeysPageProps) => {
  const { base, keys, newKey, problem, restaurant, wasRevoked } = props
  return (
    <Layout base={base} title="API keys" restaurant={restaurant}>
      {wasRevoked ? <Notice>The key was revoked.</Notice> : null}
      {problem === undefined ? null : <Problem>{problem}</Problem>}
      {newKey === undefined ? null : (
        <div class="card">
          <label for="new-key">Your new key</label>
          <input id="new-key" value={newKey} readonly />
          <p class="hint">Copy it now. It is not shown again.</p>
        </div>
      )}
      {keys.length === 0 ? <p>There are no keys yet.</p> : <KeyTable base={base} keys={keys} />}
      <form class="card" method="post" action={`${base}/api-keys/new`}>
        <h2>New key</h2>
        <TextField name="name" label="Name" value="" />
        <TextField name="note" label="Note" value="" />
        <fieldset>
          <legend>The key may</legend>
          {permissions.map((permission) => (
            <CheckField name="permissions" value={permission} checked={false}>
              {permission}
            </CheckField>
          ))}
        </fieldset>
        <button type="submit">Create key</button>
      </form>
    </Layout>
  )
}
