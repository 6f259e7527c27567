/** What has to be done so that a restaurant has its option sets: pure, and the same answer in every attempt. */
import { Schema } from "effect"
import { includesName, missingFrom, named } from "./Names.ts"
import { OptionSetShown, type PricedChoice } from "./portal/OptionSetPage.ts"

export interface OptionSetWish {
  readonly name: string
  readonly min: number
  readonly max: number
  readonly choices: ReadonlyArray<{ readonly name: string; readonly price: number }>
  /** Names of the items that offer it. */
  readonly items: ReadonlyArray<string>
}

/** The wished sets as they were before the job changed anything, in the order of the wishes. */
export const SetsBefore = Schema.Array(Schema.NullOr(OptionSetShown))
export type SetsBefore = typeof SetsBefore.Type

export interface SetChanges {
  readonly rules: boolean
  readonly newChoices: ReadonlyArray<PricedChoice>
  /** Choices with another price, named as the portal names them. */
  readonly newPrices: ReadonlyArray<PricedChoice>
  /** Places of the items, in the list of the page, that have to be ticked. */
  readonly newItems: ReadonlyArray<number>
}

/** What a set lacks that the portal has just made. */
const nothingYet: OptionSetShown = { min: -1, max: -1, choices: [], items: [] }

const wishedChoices = ({ choices }: OptionSetWish): ReadonlyArray<PricedChoice> =>
  choices.map(({ name, price }) => ({ name, priceCents: Math.round(price * 100) }))

/** Choices and items are only added, never taken away. */
export const changesOf = (shown: OptionSetShown, wish: OptionSetWish): SetChanges => {
  const choices = wishedChoices(wish).map((choice) => ({
    choice,
    there: named(shown.choices, choice.name)
  }))
  return {
    rules: shown.min !== wish.min || shown.max !== wish.max,
    newChoices: choices.flatMap(({ choice, there }) => (there ? [] : [choice])),
    newPrices: choices.flatMap(({ choice, there }) =>
      there && there.priceCents !== choice.priceCents ? [{ ...choice, name: there.name }] : []
    ),
    newItems: shown.items.flatMap((item, place) =>
      !item.isTicked && includesName(wish.items, item.name) ? [place] : []
    )
  }
}

export const isDone = ({ newChoices, newItems, newPrices, rules }: SetChanges): boolean =>
  !rules && newChoices.length + newPrices.length + newItems.length === 0

export const unknownItems = (menu: ReadonlyArray<string>, wishes: ReadonlyArray<OptionSetWish>) =>
  missingFrom(
    menu,
    wishes.flatMap((wish) => wish.items)
  )

/** What the job changed: the difference between the wishes and what was there before it. */
export const report = (menu: ReadonlyArray<string>, before: SetsBefore, wishes: ReadonlyArray<OptionSetWish>) => {
  const items = menu.map((name) => ({ name, isTicked: false }))
  const changes = wishes.map((wish, place) => changesOf(before[place] ?? { ...nothingYet, items }, wish))
  const sum = (count: (change: SetChanges) => number) => changes.reduce((total, change) => total + count(change), 0)
  const isNew = (place: number) => !before[place]
  return {
    created: wishes.filter((_, place) => isNew(place)).map(({ name }) => name),
    changed: wishes.filter((_, place) => !(isNew(place) || isDone(changes[place]!))).map(({ name }) => name),
    unchanged: wishes.filter((_, place) => !isNew(place) && isDone(changes[place]!)).map(({ name }) => name),
    choicesAdded: sum(({ newChoices }) => newChoices.length),
    pricesChanged: sum(({ newPrices }) => newPrices.length),
    itemsAdded: sum(({ newItems }) => newItems.length)
  }
}
