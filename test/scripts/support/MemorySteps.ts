/** The steps that authors of job types test with. */
export * from "../../../src/testing/MemorySteps.ts"
