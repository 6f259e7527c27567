import type { ChecklistItem } from "../data/checklist.ts"
import { Layout, Notice, Problem } from "./Layout.tsx"

interface GoLivePageProps {
  readonly base: string
  readonly restaurant: string
  readonly items: ReadonlyArray<ChecklistItem>
  readonly isPublished: boolean
  readonly wasSaved: boolean
  readonly problem?: string | undefined
}

const Publishing = ({ base, isPublished, items, restaurant }: GoLivePageProps) => {
  if (isPublished) {
    return (
      <p>
        The restaurant is published. <a href={`${base}/r/${restaurant}`}>Open the public page</a>
      </p>
    )
  }
  return items.every((item) => item.isDone) ? (
    <form class="card" method="post" action={`${base}/go-live`}>
      <button type="submit">Publish restaurant</button>
    </form>
  ) : (
    <p>It can be published when everything is done.</p>
  )
}

export const GoLivePage = (props: GoLivePageProps) => {
  const { base, items, problem, restaurant, wasSaved } = props
  return (
    <Layout base={base} title="Go live" restaurant={restaurant}>
      {wasSaved ? <Notice>The restaurant is published.</Notice> : null}
      {problem === undefined ? null : <Problem>{problem}</Problem>}
      <table>
        <caption>Checklist</caption>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr>
              <th scope="row">
                <a href={`${base}${item.path}`}>{item.title}</a>
              </th>
              <td>{item.isDone ? "Done" : <strong>Missing</strong>}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Publishing {...props} />
    </Layout>
  )
}
