import { colours, type Tag } from "../data/Menus.ts"
import { Layout, Notice, Problem } from "./Layout.tsx"
import { TagLabel } from "./MenuPage.tsx"

interface TagsPageProps {
  readonly base: string
  readonly restaurant: string
  readonly tags: ReadonlyArray<Tag>
  readonly wasCreated: boolean
  readonly problem?: string | undefined
  /** What was typed, shown again beside the problem. */
  readonly name?: string
}

const capitalised = (word: string) => word.slice(0, 1).toUpperCase() + word.slice(1)

export const TagsPage = ({ base, name = "", problem, restaurant, tags, wasCreated }: TagsPageProps) => (
  <Layout base={base} title="Tags" restaurant={restaurant}>
    {wasCreated ? <Notice>The tag was created.</Notice> : null}
    {problem === undefined ? null : <Problem>{problem}</Problem>}
    {tags.length === 0 ? <p>There are no tags yet.</p> : null}
    <ul class="tags" aria-label="All tags">
      {tags.map((tag) => (
        <li>
          <TagLabel tag={tag} />
        </li>
      ))}
    </ul>
    <form class="card" method="post" action={`${base}/tags`}>
      <h2>New tag</h2>
      <label for="name">Name</label>
      <input id="name" name="name" value={name} required maxlength={60} autocomplete="off" />
      <label for="colour">Colour</label>
      <select id="colour" name="colour">
        {colours.map((colour) => (
          <option value={colour}>{capitalised(colour)}</option>
        ))}
      </select>
      <button type="submit">Create tag</button>
    </form>
  </Layout>
)
