// What the clients share: one request on standard input, one answer on standard output, and instructions in JSON.
"use strict";

const { PublicKey, TransactionInstruction } = require("@solana/web3.js");

exports.legacyInstruction = ({ program, accounts, data }) =>
  new TransactionInstruction({
    programId: new PublicKey(program),
    keys: accounts.map(([address, isSigner, isWritable]) => ({ pubkey: new PublicKey(address), isSigner, isWritable })),
    data: Buffer.from(data, "base64"),
  });

exports.main = async (run) => {
  try {
    const chunks = [];
    for await (const chunk of process.stdin) chunks.push(chunk);
    const answer = await run(JSON.parse(Buffer.concat(chunks).toString()));
    process.stdout.write(JSON.stringify(answer), () => process.exit(0));
  } catch (error) {
    process.stderr.write(`${error.stack}\n${JSON.stringify(error.context ?? error.logs ?? null)}\n`, () => process.exit(1));
  }
};
