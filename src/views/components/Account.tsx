/** Who reads the page, what only they reach, and the way out. */
import type { Caller } from "../../domain/Caller.ts"
import { Permitted } from "./Permitted.tsx"

export const Account = ({ person }: { readonly person: Caller }) => (
  <div class="account">
    {person.via !== "local" && (
      <span>
        Signed in as <strong>{person.name}</strong> ({person.role})
      </span>
    )}
    <Permitted to="administer">
      <a href="/keys">Keys</a>
      <a href="/audit">Audit</a>
      <a href="/webhooks">Webhooks</a>
    </Permitted>
    {person.via !== "local" && (
      <form method="post" action="/sign-out">
        <button type="submit" class="button button-small">
          Sign out
        </button>
      </form>
    )}
  </div>
)
