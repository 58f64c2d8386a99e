// @solana/web3.js 1.x and @solana/spl-token: fund, deposit, subscribe, buy, sell, withdraw; PubSub where the library expects it.
"use strict";

const { Connection, Keypair, PublicKey, Transaction, sendAndConfirmTransaction } = require("@solana/web3.js");
const token = require("@solana/spl-token");
const { main, legacyInstruction } = require("./common.cjs");

main(async (request) => {
  const connection = new Connection(request.url, "confirmed");
  const wallet = Keypair.fromSecretKey(Uint8Array.from(request.wallet));
  const minter = Keypair.fromSecretKey(Uint8Array.from(request.minter));
  const send = (names) => {
    const instructions = names.map((name) => legacyInstruction(request.instructions[name]));
    return sendAndConfirmTransaction(connection, new Transaction().add(...instructions), [wallet]);
  };

  const airdrop = await connection.requestAirdrop(wallet.publicKey, 5_000_000_000);
  await connection.confirmTransaction({ signature: airdrop, ...(await connection.getLatestBlockhash()) });
  const mint = new PublicKey(request.mint);
  const holding = await token.getOrCreateAssociatedTokenAccount(connection, wallet, mint, wallet.publicKey);
  await token.mintTo(connection, wallet, mint, holding.address, minter, request.amount);

  await send(["open_trader", "deposit", "open_position"]);
  const position = new PublicKey(request.position);
  const told = [];
  let heard;
  const waiting = new Promise((resolve) => (heard = resolve));
  const account = connection.onAccountChange(position, (info) => told.push(info.data.length) && heard());
  const logs = connection.onLogs(new PublicKey(request.program), (entry) => told.push(entry.err), "confirmed");
  const bought = await send(["buy"]);
  await waiting;
  await connection.removeAccountChangeListener(account);
  await connection.removeOnLogsListener(logs);
  const parsed = await connection.getParsedTransaction(bought, { maxSupportedTransactionVersion: 0 });
  const { data } = await connection.getAccountInfo(position);
  const shares = data.readBigUInt64LE(80);
  const filters = [{ dataSize: data.length }, { memcmp: request.traders }];
  const found = await connection.getProgramAccounts(new PublicKey(request.program), { filters });
  await send(["sell", "withdraw"]);

  const held = await token.getAccount(connection, holding.address);
  return {
    shares: String(shares),
    positions: found.map((one) => [one.pubkey.toBase58(), one.account.data.equals(data)]),
    held: String(held.amount),
    told: told.length > 0,
    logs: parsed.meta.logMessages.length > 0,
    fee: parsed.meta.fee,
    version: (await connection.getVersion())["solana-core"],
    largest: (await connection.getTokenLargestAccounts(mint)).value.length > 0,
    owned: (await connection.getParsedTokenAccountsByOwner(wallet.publicKey, { mint })).value.length,
    listed: (await connection.getSignaturesForAddress(wallet.publicKey)).length,
  };
});
