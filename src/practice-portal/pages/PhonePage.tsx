import type { SentCode } from "../data/Codes.ts"
import { Layout } from "./Layout.tsx"

interface PhonePageProps {
  readonly base: string
  readonly restaurant: string | undefined
  readonly codes: ReadonlyArray<SentCode>
}

/** What arrived on the owner's telephone: where a person finds the code that a job asks for. */
export const PhonePage = ({ base, codes, restaurant }: PhonePageProps) => (
  <Layout base={base} title="Practice phone">
    <p>Text messages that the site sent to the owner of a restaurant. A code works once.</p>
    <form class="card" method="get" action={`${base}/phone`}>
      <label for="restaurant">Restaurant ID</label>
      <input
        id="restaurant"
        name="restaurant"
        value={restaurant ?? ""}
        pattern="[a-z0-9\-]{1,64}"
        required
        autocomplete="off"
      />
      <button type="submit" class="quiet">
        Show
      </button>
    </form>
    {restaurant === undefined ? null : codes.length === 0 ? (
      <p>No code waits to be used for {restaurant}.</p>
    ) : (
      <ul class="messages" aria-label="Messages">
        {codes.map(({ at, code }) => (
          <li>
            <time datetime={at}>{at.slice(11, 19)}</time> Your code is <strong>{code}</strong>
          </li>
        ))}
      </ul>
    )}
  </Layout>
)
