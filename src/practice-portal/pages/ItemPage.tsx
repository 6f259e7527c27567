import type { Item, Tag } from "../data/Menus.ts"
import { Layout, Notice } from "./Layout.tsx"
import { TagLabel } from "./MenuPage.tsx"

interface ItemPageProps {
  readonly base: string
  readonly restaurant: string
  readonly item: Item
  readonly tags: ReadonlyArray<Tag>
  readonly wasSaved: boolean
}

const TagChoice = ({ item, tag }: { readonly item: Item; readonly tag: Tag }) => (
  <label class="choice">
    <input type="checkbox" name="tags" value={String(tag.id)} checked={item.tags.some(({ id }) => id === tag.id)} />{" "}
    <TagLabel tag={tag} />
  </label>
)

export const ItemPage = ({ base, item, restaurant, tags, wasSaved }: ItemPageProps) => (
  <Layout base={base} title={item.name} restaurant={restaurant}>
    <p class="crumbs">
      <a href={`${base}/menu`}>Menu</a> / {item.category}
    </p>
    {wasSaved ? <Notice>Saved.</Notice> : null}
    <p>{item.description}</p>
    <form class="card" method="post" action={`${base}/menu/items/${item.id}`}>
      <fieldset>
        <legend>Tags</legend>
        {tags.length === 0 ? (
          <p>
            There are no tags yet. <a href={`${base}/tags`}>Create one</a>
          </p>
        ) : (
          tags.map((tag) => <TagChoice item={item} tag={tag} />)
        )}
      </fieldset>
      <button type="submit">Save item</button>
    </form>
  </Layout>
)
