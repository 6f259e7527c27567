import type { Item, Tag } from "../data/Menus.ts"
import { formatPrice } from "../data/prices.ts"
import { Layout } from "./Layout.tsx"

export const TagLabel = ({ tag }: { readonly tag: Tag }) => <span class={`tag ${tag.colour}`}>{tag.name}</span>

const ItemRow = ({ base, item }: { readonly base: string; readonly item: Item }) => (
  <tr>
    <th scope="row">
      <a href={`${base}/menu/items/${item.id}`}>{item.name}</a>
      <p class="hint">{item.description}</p>
    </th>
    <td class="price">{formatPrice(item.priceCents)}</td>
    <td>
      {item.tags.length === 0 ? (
        <span class="none">None</span>
      ) : (
        <ul class="tags">
          {item.tags.map((tag) => (
            <li>
              <TagLabel tag={tag} />
            </li>
          ))}
        </ul>
      )}
    </td>
  </tr>
)

interface MenuPageProps {
  readonly base: string
  readonly restaurant: string
  readonly items: ReadonlyArray<Item>
}

export const MenuPage = ({ base, items, restaurant }: MenuPageProps) => (
  <Layout base={base} title="Menu" restaurant={restaurant}>
    {items.length === 0 ? (
      <p>
        The menu is empty. <a href={`${base}/import`}>Import one</a>
      </p>
    ) : null}
    {[...Map.groupBy(items, (item) => item.category)].map(([category, ofCategory]) => (
      <table>
        <caption>{category}</caption>
        <thead>
          <tr>
            <th scope="col">Item</th>
            <th scope="col" class="price">
              Price
            </th>
            <th scope="col">Tags</th>
          </tr>
        </thead>
        <tbody>
          {ofCategory.map((item) => (
            <ItemRow base={base} item={item} />
          ))}
        </tbody>
      </table>
    ))}
  </Layout>
)
