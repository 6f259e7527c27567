/** The menu that each restaurant has before anybody touched it. */
export interface SeedItem {
  readonly id: string
  readonly category: string
  readonly name: string
  readonly description: string
  readonly priceCents: number
}

export const seedMenu: ReadonlyArray<SeedItem> = [
  {
    id: "bruschetta",
    category: "Antipasti",
    name: "Bruschetta al pomodoro",
    description: "Toasted bread, tomatoes, basil, garlic, olive oil.",
    priceCents: 650
  },
  {
    id: "burrata",
    category: "Antipasti",
    name: "Burrata e pomodorini",
    description: "Burrata from Apulia with slow-roasted cherry tomatoes.",
    priceCents: 1150
  },
  {
    id: "vitello-tonnato",
    category: "Antipasti",
    name: "Vitello tonnato",
    description: "Cold veal in a tuna and caper sauce.",
    priceCents: 1290
  },
  {
    id: "margherita",
    category: "Pizza",
    name: "Margherita",
    description: "Tomato, mozzarella, basil.",
    priceCents: 900
  },
  { id: "marinara", category: "Pizza", name: "Marinara", description: "Tomato, garlic, oregano.", priceCents: 800 },
  {
    id: "diavola",
    category: "Pizza",
    name: "Diavola",
    description: "Tomato, mozzarella, hot salami, chilli.",
    priceCents: 1100
  },
  {
    id: "penne-arrabbiata",
    category: "Pasta",
    name: "Penne all'arrabbiata",
    description: "Tomato, garlic and plenty of chilli.",
    priceCents: 1050
  },
  {
    id: "carbonara",
    category: "Pasta",
    name: "Spaghetti alla carbonara",
    description: "Guanciale, egg yolk, pecorino, black pepper.",
    priceCents: 1250
  },
  {
    id: "risotto-funghi",
    category: "Pasta",
    name: "Risotto ai funghi",
    description: "Carnaroli rice with porcini mushrooms.",
    priceCents: 1390
  },
  {
    id: "tiramisu",
    category: "Dolci",
    name: "Tiramisù",
    description: "Mascarpone, coffee, ladyfingers, cocoa.",
    priceCents: 690
  },
  {
    id: "panna-cotta",
    category: "Dolci",
    name: "Panna cotta",
    description: "With raspberry sauce.",
    priceCents: 650
  },
  {
    id: "sorbetto",
    category: "Dolci",
    name: "Sorbetto al limone",
    description: "Lemon sorbet, two scoops.",
    priceCents: 590
  }
]
