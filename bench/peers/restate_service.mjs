// A Restate service of one handler that runs ten durable steps.
Promise.withResolvers ??= () => {
  let resolve, reject;
  const promise = new Promise((yes, no) => ([resolve, reject] = [yes, no]));
  return {promise, resolve, reject};
};
const restate = await import("@restatedev/restate-sdk");

const steps = restate.service({
  name: "steps",
  handlers: {
    ten: async (context) => {
      for (let number = 0; number < 10; number++) await context.run(`step ${number}`, () => number);
      return "done";
    },
  },
});

await restate.serve({services: [steps], port: Number(process.argv[2])});
