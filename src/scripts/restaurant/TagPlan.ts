/** What has to be done to a menu so that its items have their tags: pure, and the same answer in every attempt. */
import { Schema } from "effect"
import { includesName, missingFrom } from "./Names.ts"
import { MenuItem } from "./portal/MenuPage.ts"
import type { TagColour } from "./portal/TagsPage.ts"

export interface TagWish {
  readonly name: string
  readonly colour?: TagColour
  /** Names of the items that get it. */
  readonly items: ReadonlyArray<string>
}

/** The menu as it was before the job changed anything. */
export const MenuBefore = Schema.Struct({ items: Schema.Array(MenuItem), tags: Schema.Array(Schema.String) })
export type MenuBefore = typeof MenuBefore.Type

export interface ItemPlan {
  readonly item: MenuItem
  /** Names of the tags that it has to have. */
  readonly tags: ReadonlyArray<string>
}

export const unknownItems = (items: ReadonlyArray<MenuItem>, wishes: ReadonlyArray<TagWish>): ReadonlyArray<string> =>
  missingFrom(
    items.map((item) => item.name),
    wishes.flatMap((wish) => wish.items)
  )

/** The wishes whose tag does not exist yet, each name once. */
export const missingTags = (tags: ReadonlyArray<string>, wishes: ReadonlyArray<TagWish>): ReadonlyArray<TagWish> =>
  missingFrom(
    tags,
    wishes.map((wish) => wish.name)
  ).flatMap((name) => wishes.find((wish) => wish.name === name) ?? [])

/** One plan per item in the order of the menu. Items of the same name all get the tags of that name. */
export const planItems = (items: ReadonlyArray<MenuItem>, wishes: ReadonlyArray<TagWish>): ReadonlyArray<ItemPlan> =>
  items.flatMap((item) => {
    const names = wishes.filter((wish) => includesName(wish.items, item.name)).map((wish) => wish.name)
    const tags = missingFrom([], names)
    return tags.length === 0 ? [] : [{ item, tags }]
  })

/** The tags that are planned for an item and that it does not have in `items`. */
export const missingAssignments = (
  items: ReadonlyArray<MenuItem>,
  plans: ReadonlyArray<ItemPlan>
): ReadonlyArray<ItemPlan> =>
  plans.flatMap(({ item, tags }) => {
    const now = items.find((other) => other.path === item.path)?.tags ?? []
    const missing = missingFrom(now, tags)
    return missing.length === 0 ? [] : [{ item, tags: missing }]
  })
