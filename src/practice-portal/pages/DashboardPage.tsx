import type { Item, Tag } from "../data/Menus.ts"
import { Layout, Notice } from "./Layout.tsx"

interface DashboardPageProps {
  readonly base: string
  readonly restaurant: string
  readonly items: ReadonlyArray<Item>
  readonly tags: ReadonlyArray<Tag>
  readonly wasReset: boolean
}

export const DashboardPage = ({ base, items, restaurant, tags, wasReset }: DashboardPageProps) => (
  <Layout base={base} title="Dashboard" restaurant={restaurant}>
    {wasReset ? <Notice>The restaurant is as new: the first menu, no tags, no faults.</Notice> : null}
    <dl class="figures">
      <div>
        <dt>Items on the menu</dt>
        <dd>{items.length}</dd>
      </div>
      <div>
        <dt>Tags</dt>
        <dd>{tags.length}</dd>
      </div>
      <div>
        <dt>Items with a tag</dt>
        <dd>{items.filter((item) => item.tags.length > 0).length}</dd>
      </div>
    </dl>
    <form class="card" method="post" action={`${base}/reset`}>
      <h2>Start over</h2>
      <p>
        Brings the first menu back and removes all tags and faults of {restaurant}, so a practice job has work to do.
      </p>
      <button type="submit" class="danger">
        Reset this restaurant
      </button>
    </form>
  </Layout>
)
