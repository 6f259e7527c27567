/** What has to be done before a restaurant can be published. */
import type { Portal } from "../PortalEnv.ts"
import { areSet } from "./SystemSettings.ts"

export interface ChecklistItem {
  readonly title: string
  /** Page where it is done. */
  readonly path: string
  readonly isDone: boolean
}

export const checklistOf = ({ menus, setup }: Portal, restaurant: string): ReadonlyArray<ChecklistItem> => {
  const payments = setup.payments.read(restaurant)
  const kinds = Object.values(setup.services.read(restaurant).kinds)
  return [
    { title: "Menu", path: "/menu", isDone: menus.items(restaurant).length > 0 },
    { title: "Services", path: "/services", isDone: kinds.some((kind) => kind.isOffered) },
    { title: "System settings", path: "/settings", isDone: areSet(setup.settings.read(restaurant)) },
    { title: "Payments", path: "/payments", isDone: payments.accountId !== undefined }
  ]
}
