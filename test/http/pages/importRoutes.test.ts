import { expect, test } from "bun:test"
import { Effect, Layer, Schema } from "effect"
import { BULK_TYPE } from "../../../src/domain/BulkJobs.ts"
import { defineJobType } from "../../../src/domain/JobType.ts"
import { Secret } from "../../../src/domain/Secret.ts"
import { LARGEST_UPLOAD } from "../../../src/domain/Uploads.ts"
import { makeBulkImport } from "../../../src/scripts/data/BulkImport.ts"
import { FakeJobs } from "../../support/FakeJobs.ts"
import { FakeUploads } from "../../support/FakeUploads.ts"
import { tagDishes } from "../../support/tagDishes.ts"
import { bodyOf, makeBoard, textOf } from "./testBoard.ts"

const PATH = "/jobs/new/bulk_import"

/** May have a secret, or has to. */
const withSecret = (name: string, password: typeof Secret | Schema.optionalKey<typeof Secret>) =>
  defineJobType({
    name,
    title: name,
    description: "Signs in.",
    lane: "default",
    input: Schema.Struct({ user: Schema.String, login: Schema.Struct({ passWord: password }) }),
    result: Schema.Null,
    steps: [],
    example: { user: "ada", login: { passWord: "x" } },
    run: () => Effect.succeed(null)
  })

const start = () => {
  const mayHave = ["sign-in", BULK_TYPE].map((name) => withSecret(name, Schema.optionalKey(Secret)))
  const types = [tagDishes, ...mayHave, withSecret("must-sign-in", Secret)]
  const fake = new FakeJobs([...types, makeBulkImport(Effect.never)])
  const uploads = new FakeUploads()
  const board = makeBoard({ fake, layer: Layer.merge(fake.layer, uploads.layer) })
  const send = (texts: Record<string, string>, file?: File, headers: Record<string, string> = {}) => {
    const body = new FormData()
    for (const [name, text] of Object.entries({ key: "key-1", jobType: "add-item-tags", ...texts })) {
      body.set(name, text)
    }
    // What browsers send where no file was chosen.
    body.set("file", file ?? new File([], "", { type: "application/octet-stream" }))
    return board.app.request(`${PATH}/file`, { method: "POST", body, headers })
  }
  return { ...board, uploads, send, made: () => [...fake.jobs.values()] }
}

const menu = () => new File(["restaurantId,Remark\nbao,-\n"], "C:\\menu.csv", { type: "text/csv" })

test("offers a form that sends a file without script, and the other ways to write the input", async () => {
  const { get } = start()

  const html = await bodyOf(get(PATH))

  expect(html).toMatch(/<form [^>]*method="post" action="[^"]*\/file" enctype="multipart\/form-data"/u)
  expect(html).toContain('<option value="sign-in">')
  expect(html).not.toContain('<option value="bulk_import">')
  expect(html).not.toContain(`<option value="${BULK_TYPE}">`)
  expect(html).toContain("At most 100 MB.")
  expect(await bodyOf(get(`${PATH}?as=form`))).toContain('name="input.uploadId"')
})

test("keeps the file and only checks it at first", async () => {
  const { made, send, uploads } = start()

  const sent = await send({ mapping: "Remark =\r\nTown = address.city\r\n", labels: " spring, menu " }, menu())

  const [id, file] = [...uploads.files][0]!
  expect(file.upload).toMatchObject({ name: "menu.csv", organisationId: "default" })
  expect(made()[0]).toMatchObject({
    jobType: "bulk_import",
    input: {
      jobType: "add-item-tags",
      uploadId: id,
      mapping: [
        { column: "Remark", field: "" },
        { column: "Town", field: "address.city" }
      ],
      labels: ["spring", "menu"],
      dryRun: true
    }
  })
  expect([sent.status, sent.headers.get("location")]).toEqual([303, `/jobs/${made()[0]!.jobId}`])
})

test("takes rows that were pasted instead", async () => {
  const { made, send, uploads } = start()

  await send({ rows: "restaurantId\r\nbao" })

  expect(made()[0]!.input).toEqual({ jobType: "add-item-tags", text: "restaurantId\nbao", dryRun: true })
  expect(uploads.files.size).toBe(0)
})

for (const [what, texts, problem] of [
  ["neither a file nor rows", {}, "Choose a file, or paste rows."],
  ["no job type", { jobType: "", rows: "restaurantId" }, "Choose what each row becomes."],
  [
    "a mapping without a field",
    { rows: "restaurantId", mapping: "Remark" },
    "A line has no equals sign, or no column before it."
  ]
] as const) {
  test(`says what is wrong with a form with ${what}`, async () => {
    const { made, send } = start()

    const sent = await send(texts)

    expect(sent.status).toBe(422)
    expect(await textOf(sent)).toContain(problem)
    expect(made()).toEqual([])
  })
}

for (const [what, mapping, problem] of [
  ["a long line", `Remark${" ".repeat(500)}= note`, "A line has more than 400 characters."],
  ["many lines", "a = b\n".repeat(201), "At most 200 columns can be renamed."]
] as const) {
  test(`refuses a mapping with ${what}`, async () => {
    const { made, send } = start()

    const sent = await send({ rows: "restaurantId", mapping })

    expect([sent.status, made()]).toEqual([422, []])
    expect(await textOf(sent)).toContain(problem)
  })
}

test("reads a mapping of nothing but spaces at once", async () => {
  const { send } = start()
  const before = performance.now()

  expect((await send({ rows: "restaurantId", mapping: `a${" ".repeat(300_000)}b` })).status).toBe(422)

  expect(performance.now() - before).toBeLessThan(3_000)
})

test("keeps the whole field behind the first equals sign", async () => {
  const { made, send } = start()

  await send({ rows: "restaurantId", mapping: "Cost= price = net \nRemarks=" })

  expect(made()[0]!.input).toMatchObject({
    mapping: [
      { column: "Cost", field: "price = net" },
      { column: "Remarks", field: "" }
    ]
  })
})

for (const [what, texts] of [
  ["in a column", { rows: "user,Login.Pass Word\nada,hunter2" }],
  ["in a column with another name", { rows: "user;Key\nada;hunter2", mapping: "Key = login.passWord" }],
  ["in a table that a spreadsheet copied", { rows: "user\tlogin.passWord\nada\thunter2" }],
  ["in a table with a comma in a name", { rows: '"Name, first, last";login.passWord\nada;hunter2' }],
  ["in a column with a blank before its quotation mark", { rows: 'user, "login.passWord"\nada,hunter2' }],
  ["in a column with other quotation marks", { rows: "user,'login.passWord'\nada,hunter2" }],
  ["in a mapped column of another case", { rows: "user;Key\nada;hunter2", mapping: "key = login.passWord" }],
  ["below a line that tells the separator", { rows: "sep=;\nuser;login.passWord\nada;hunter2" }],
  ["below an empty line", { rows: " \n\nuser;login.passWord\nada;hunter2" }],
  ["below a column", { rows: 'user,login\nada,"{""passWord"":""hunter2""}"' }]
] as const) {
  test(`keeps no pasted rows with a secret ${what}`, async () => {
    const { made, send } = start()

    const sent = await send({ jobType: "sign-in", ...texts })

    expect([sent.status, made()]).toEqual([422, []])
    expect(await textOf(sent)).toContain("is a secret. Files are kept in clear, so no row can have one")
  })
}

test("keeps no pasted rows of which a quotation mark hides the columns", async () => {
  const { made, send } = start()

  const sent = await send({ jobType: "sign-in", rows: '"user,login.passWord\nada,hunter2' })

  expect([sent.status, made()]).toEqual([422, []])
  expect(await textOf(sent)).toContain("The quotation mark that opens a cell in line 1 is not closed.")
})

for (const [what, rows] of [
  ["stands above them", "Sign-ins 2026;;\nuser;login.passWord\nada;hunter2"],
  ["is separated by something else", "user|login.passWord\nada|hunter2"]
]) {
  test(`keeps no pasted rows whose columns nobody can see, because their first line ${what}`, async () => {
    const { made, send } = start()

    const sent = await send({ jobType: "sign-in", rows: rows! })

    expect([sent.status, made()]).toEqual([422, []])
    expect(await textOf(sent)).toContain("No column of the file is a field of the job type.")
  })
}

test("does not offer what no row can become, because it needs a secret", async () => {
  const html = await bodyOf(start().get(PATH))

  expect(html).toContain('<option value="sign-in">')
  expect(html).not.toMatch(/must-sign-in|add-item-tags/u)
})

test("needs no file again that came with a form that was wrong", async () => {
  const { made, send } = start()
  const html = await bodyOf(send({ jobType: "" }, menu()))
  const id = /name="uploadId" value="([^"]+)"/u.exec(html)?.[1] ?? ""

  await send({ uploadId: id, uploadName: "menu.csv" })

  expect(html).toContain("“menu.csv” is here until tomorrow.")
  expect(made()[0]!.input).toMatchObject({ uploadId: id })
})

test("says that a file is too large, before it comes and while it comes", async () => {
  const { made, send } = start()
  const announced = { "Content-Length": String(LARGEST_UPLOAD + 2 * 1_024 ** 2) }

  const answers = [
    await send({}, menu(), announced),
    await send({}, new File([new Uint8Array(LARGEST_UPLOAD + 1)], "large.csv"))
  ]

  for (const answer of answers) {
    expect(answer.status).toBe(413)
    expect(await textOf(answer)).toContain(
      "The file is too large, so nothing of it was kept. At most 100 MB are taken."
    )
  }
  expect(made()).toEqual([])
})

test("takes one file, as the field that the form has for it", async () => {
  const { app, made, uploads } = start()
  const send = (...fields: ReadonlyArray<string>) => {
    const body = new FormData()
    body.set("jobType", "add-item-tags")
    for (const field of fields) body.append(field, menu())
    return app.request(`${PATH}/file`, { method: "POST", body })
  }

  const answers = [await send("file", "file"), await send("photo")]

  expect(answers.map(({ status }) => status)).toEqual([422, 422])
  expect([uploads.files.size, made().length]).toEqual([1, 0])
})

const badRows = [{ line: 4, reason: "price: Expected a number" }]

const checked = (good: number) => ({
  jobType: "bulk_import",
  status: "completed" as const,
  input: { jobType: "add-item-tags", text: "a", labels: ["x"], dryRun: true },
  result: { rows: good + 1, good, bad: 1, created: 0, badRows, report: "report.csv" }
})

test("shows what is wrong with which row, and starts the jobs of the good ones once", async () => {
  const { fake, get, made, post } = start()
  const job = fake.seed(checked(1_200))

  const page = await textOf(get(`/jobs/${job.jobId}`))
  const [first, second] = [await post(`/jobs/${job.jobId}/import`), await post(`/jobs/${job.jobId}/import`)]

  expect(page).toContain("Line Reason 4 price: Expected a number")
  expect(page).toContain("The rows were only checked: no job was made. Start 1,200 jobs")
  expect(made()).toHaveLength(2)
  expect(made()[1]!.input).toEqual({ jobType: "add-item-tags", text: "a", labels: ["x"] })
  expect([first, second].map(({ headers }) => headers.get("location"))).toEqual(
    Array(2).fill(`/jobs/${made()[1]!.jobId}`)
  )
  const after = await bodyOf(get(`/jobs/${job.jobId}`))
  expect(after).toContain(`Started: <a href="/jobs/${made()[1]!.jobId}">`)
  expect(after).not.toContain("Start 1,200 jobs")
})

test("starts nothing where the file of a check is no longer kept, and says so", async () => {
  const { fake, get, made, post } = start()
  const { input, ...rest } = checked(3)
  const job = fake.seed({ ...rest, input: { ...input, uploadId: crypto.randomUUID() } })

  const refused = await post(`/jobs/${job.jobId}/import`)

  expect(refused.status).toBe(422)
  expect(await textOf(refused)).toContain("The file of this check is no longer kept. Check it again.")
  expect(made()).toHaveLength(1)
  expect(await textOf(get(`/jobs/${job.jobId}`))).not.toContain("Started:")
})

test("shows what the columns became, and the first rows", async () => {
  const { fake, get } = start()
  const { result, ...rest } = checked(2)
  const job = fake.seed({
    ...rest,
    result: {
      ...result,
      unused: ["status", "remarks"],
      // As a database gives it back.
      columns: [{ field: "price", column: "Cost" }],
      firstRows: [{ line: 2, input: '{"price":1.2}' }]
    }
  })

  const page = await textOf(get(`/jobs/${job.jobId}`))

  expect(page).toContain("Columns that were not used status remarks")
  expect(page).toContain("What the columns became Column Field Cost price")
  expect(page).toContain("First good rows, as they were understood Line Input 2 {&quot;price&quot;:1.2}")
})

test("leads from an import to its jobs", async () => {
  const { fake, get } = start()
  const { result, ...rest } = checked(2)
  const job = fake.seed({
    ...rest,
    input: { jobType: "add-item-tags", text: "a" },
    result: { ...result, batchId: "b-1" }
  })

  expect(await bodyOf(get(`/jobs/${job.jobId}`))).toContain('<a href="/jobs?batch=b-1">Jobs of this import</a>')
})

test("says of a file without rows that it has none", async () => {
  const { fake, get } = start()
  const { result, ...rest } = checked(0)
  const job = fake.seed({ ...rest, result: { ...result, rows: 0, bad: 0, badRows: [] } })

  expect(await textOf(get(`/jobs/${job.jobId}`))).toContain("The file has no rows, so there is nothing to start.")
})

test("offers nothing to start where no row is good, and starts nothing of what was no check", async () => {
  const { fake, get, made, post } = start()
  const useless = fake.seed(checked(0))
  const real = fake.seed({ ...checked(3), input: { jobType: "add-item-tags", text: "a" } })

  const page = await textOf(get(`/jobs/${useless.jobId}`))
  const refused = await post(`/jobs/${real.jobId}/import`)

  expect(page).toContain("No row is good, so there is nothing to start.")
  expect(await textOf(get(`/jobs/${real.jobId}`))).not.toContain("Start 3 jobs")
  expect(refused.status).toBe(404)
  expect(made()).toHaveLength(2)
})
