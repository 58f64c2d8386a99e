// Answers one request about a program whose IDL is in it, through Anchor's TypeScript client, without a network.
// Standard input: {idl, wallet, chain: {address: {owner, data}}, questions: [{kind, ...}]}; bytes are base64.
// Standard output: the answers in order; integers beyond 53 bits are decimal strings, addresses base58.
"use strict";

const { BN, EventParser, ProgramError, Program, web3, parseIdlErrors } = require("@coral-xyz/anchor");

function plain(value) {
  if (value instanceof web3.PublicKey) return value.toBase58();
  if (BN.isBN(value)) return value.toString(10);
  if (Array.isArray(value)) return value.map(plain);
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
  }
  return value;
}

function typed(value) {
  if (Array.isArray(value)) return value.map(typed);
  if (value && typeof value === "object") {
    if ("integer" in value) return new BN(value.integer, 10);
    if ("address" in value) return new web3.PublicKey(value.address);
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, typed(item)]));
  }
  return value;
}

function connectionTo(chain) {
  return {
    async getAccountInfo(address) {
      const account = chain[address.toBase58()];
      if (!account) return null;
      return { owner: new web3.PublicKey(account.owner), data: Buffer.from(account.data, "base64"), lamports: 1 };
    },
  };
}

const answerTo = {
  account: (program, { name, data }) => plain(program.coder.accounts.decode(name, Buffer.from(data, "base64"))),

  encodedAccount: async (program, { name, value }) =>
    (await program.coder.accounts.encode(name, typed(value))).toString("base64"),

  discriminator: (program, { name }) =>
    Buffer.from(program.idl.accounts.find((account) => account.name === name).discriminator).toString("base64"),

  events: (program, { logs }) =>
    [...new EventParser(program.programId, program.coder).parseLogs(logs)].map((event) => plain(event)),

  error: (program, { message }) => {
    const parsed = ProgramError.parse(new Error(message), parseIdlErrors(program.idl));
    return parsed && { code: parsed.code, msg: parsed.msg };
  },

  errorName: (program, { code }) => program.idl.errors.find((error) => error.code === code).name,

  instruction: async (program, { name, args, accounts }) => {
    const built = await program.methods[name](...typed(args)).accountsPartial(typed(accounts)).instruction();
    return {
      program: built.programId.toBase58(),
      data: built.data.toString("base64"),
      keys: built.keys.map((key) => [key.pubkey.toBase58(), key.isSigner, key.isWritable]),
    };
  },

  arguments: (program, { data }) => plain(program.coder.instruction.decode(Buffer.from(data, "base64"))),
};

async function main() {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  const { idl, wallet, chain, questions } = JSON.parse(Buffer.concat(chunks).toString());
  const provider = { connection: connectionTo(chain), publicKey: new web3.PublicKey(wallet) };
  const program = new Program(idl, provider);
  const answers = [];
  for (const question of questions) answers.push(await answerTo[question.kind](program, question));
  process.stdout.write(JSON.stringify(answers));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
