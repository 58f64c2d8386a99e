// @coral-xyz/anchor with our IDL: it builds the instructions, decodes the accounts, and hears the events.
"use strict";

const anchor = require("@coral-xyz/anchor");
const { main, legacyInstruction } = require("./common.cjs");

main(async (request) => {
  const { BN, web3 } = anchor;
  const wallet = web3.Keypair.fromSecretKey(Uint8Array.from(request.wallet));
  const minter = web3.Keypair.fromSecretKey(Uint8Array.from(request.minter));
  const connection = new web3.Connection(request.url, { commitment: "confirmed", wsEndpoint: request.websocketUrl });
  const provider = new anchor.AnchorProvider(connection, new anchor.Wallet(wallet), { commitment: "confirmed" });
  const program = new anchor.Program(request.idl, provider);
  const accounts = Object.fromEntries(
    Object.entries(request.accounts).map(([name, address]) => [name, new web3.PublicKey(address)]),
  );

  const airdrop = await connection.requestAirdrop(wallet.publicKey, 5_000_000_000);
  await connection.confirmTransaction({ signature: airdrop, ...(await connection.getLatestBlockhash()) });
  const given = ["create_holding", "mint"].map((name) => legacyInstruction(request.instructions[name]));
  await provider.sendAndConfirm(new web3.Transaction().add(...given), [minter]);

  const call = (name, ...values) => program.methods[name](...values).accountsPartial(accounts);
  await call("openTrader").rpc();
  await call("deposit", new BN(request.amount)).rpc();
  await call("openPosition", 0).rpc();
  let heard;
  const event = new Promise((resolve) => (heard = resolve));
  const listener = program.addEventListener("traded", (data, slot, signature) => heard({ data, slot, signature }));
  const bought = await call("buy", new BN(request.shares), new BN(request.amount)).rpc();
  const told = await event;
  await program.removeEventListener(listener);
  const position = await program.account.position.fetch(accounts.position);
  const positions = await program.account.position.all([
    { memcmp: { offset: 8, bytes: accounts.trader.toBase58() } },
  ]);
  const market = await program.account.market.fetch(accounts.market);
  let refusal = null;
  try {
    await call("sell", new BN(request.shares).muln(2), new BN(0)).rpc();
  } catch (error) {
    const code = Number(/custom program error: (0x[0-9a-f]+)/.exec(String(error))[1]);
    refusal = anchor.parseIdlErrors(program.idl).get(code);
  }
  await call("sell", position.shares, new BN(1)).rpc();
  const trader = await program.account.trader.fetch(accounts.trader);
  await call("withdraw", trader.free).rpc();
  return {
    shares: position.shares.toString(),
    positions: positions.length,
    question: Buffer.from(market.question.toBytes ? market.question.toBytes() : market.question).toString("hex"),
    told: told.signature === bought,
    event: JSON.parse(JSON.stringify(told.data)),
    refusal,
    held: (await connection.getTokenAccountBalance(accounts.source)).value.amount,
  };
});
