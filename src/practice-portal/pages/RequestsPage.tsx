import type { RequestLogEntry } from "../data/RequestLog.ts"
import { Layout } from "./Layout.tsx"

interface RequestsPageProps {
  readonly base: string
  /** Shows only this restaurant's requests. */
  readonly restaurant: string | undefined
  readonly entries: ReadonlyArray<RequestLogEntry>
  readonly total: number
}

export const RequestsPage = ({ base, entries, restaurant, total }: RequestsPageProps) => (
  <Layout base={base} title="Requests">
    <p>
      What was asked of the portal{restaurant === undefined ? "" : ` for ${restaurant}`}, newest first: {entries.length}{" "}
      of {total} kept.
    </p>
    <table>
      <caption>Requests</caption>
      <thead>
        <tr>
          <th scope="col">Time</th>
          {restaurant === undefined ? <th scope="col">Restaurant</th> : null}
          <th scope="col">Request</th>
          <th scope="col">Answer</th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <tr>
            <td>
              <time datetime={entry.at}>{entry.at.slice(11, 23)}</time>
            </td>
            {restaurant === undefined ? <td>{entry.restaurant}</td> : null}
            <td>
              <code>
                {entry.method} {entry.path}
              </code>
            </td>
            <td>
              {entry.status} <span class="none">{entry.durationMs} ms</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </Layout>
)
