// @solana/kit: fund, deposit, subscribe, buy, sell, withdraw, with its own confirmation strategies.
import { createRequire } from "node:module";
import {
  AccountRole, address, airdropFactory, appendTransactionMessageInstructions, createKeyPairSignerFromBytes,
  createSolanaRpc, createSolanaRpcSubscriptions, createTransactionMessage, getSignatureFromTransaction, lamports, pipe,
  sendAndConfirmTransactionFactory, setTransactionMessageFeePayerSigner, setTransactionMessageLifetimeUsingBlockhash,
  addSignersToTransactionMessage, signTransactionMessageWithSigners,
} from "@solana/kit";

const { main } = createRequire(import.meta.url)("./common.cjs");

const instruction = ({ program, accounts, data }) => ({
  programAddress: address(program),
  accounts: accounts.map(([key, signer, writable]) => ({
    address: address(key),
    role: signer
      ? writable ? AccountRole.WRITABLE_SIGNER : AccountRole.READONLY_SIGNER
      : writable ? AccountRole.WRITABLE : AccountRole.READONLY,
  })),
  data: Uint8Array.from(Buffer.from(data, "base64")),
});

await main(async (request) => {
  const rpc = createSolanaRpc(request.url);
  const rpcSubscriptions = createSolanaRpcSubscriptions(request.websocketUrl);
  const wallet = await createKeyPairSignerFromBytes(Uint8Array.from(request.wallet));
  const minter = await createKeyPairSignerFromBytes(Uint8Array.from(request.minter));
  const sendAndConfirm = sendAndConfirmTransactionFactory({ rpc, rpcSubscriptions });
  const send = async (names, signers = []) => {
    const { value: blockhash } = await rpc.getLatestBlockhash().send();
    const message = pipe(
      createTransactionMessage({ version: 0 }),
      (one) => setTransactionMessageFeePayerSigner(wallet, one),
      (one) => setTransactionMessageLifetimeUsingBlockhash(blockhash, one),
      (one) => appendTransactionMessageInstructions(names.map((name) => instruction(request.instructions[name])), one),
      (one) => addSignersToTransactionMessage(signers, one),
    );
    const signed = await signTransactionMessageWithSigners(message);
    await sendAndConfirm(signed, { commitment: "confirmed" });
    return getSignatureFromTransaction(signed);
  };

  await airdropFactory({ rpc, rpcSubscriptions })({
    recipientAddress: wallet.address, lamports: lamports(5_000_000_000n), commitment: "confirmed",
  });
  await send(["create_holding", "mint"], [minter]);
  await send(["open_trader", "deposit", "open_position"]);

  const stop = new AbortController();
  const position = address(request.position);
  const notifications = await rpcSubscriptions
    .accountNotifications(position, { commitment: "confirmed", encoding: "base64" })
    .subscribe({ abortSignal: stop.signal });
  const first = notifications[Symbol.asyncIterator]().next();
  const bought = await send(["buy"]);
  const told = (await first).value;
  stop.abort();
  const found = await rpc.getTransaction(bought, { maxSupportedTransactionVersion: 0, encoding: "json" }).send();
  const { value: account } = await rpc.getAccountInfo(position, { encoding: "base64" }).send();
  await send(["sell", "withdraw"]);

  const { value: held } = await rpc.getTokenAccountBalance(address(request.holding)).send();
  const epochs = await rpc.getEpochInfo().send();
  const listed = await rpc.getSignaturesForAddress(wallet.address).send();
  return {
    shares: String(Buffer.from(account.data[0], "base64").readBigUInt64LE(80)),
    held: held.amount,
    told: told.context.slot > 0n && told.value.data[0] === account.data[0],
    logs: found.meta.logMessages.length > 0,
    fee: Number(found.meta.fee),
    epoch: epochs.slotsInEpoch === 432_000n,
    listed: listed.length,
  };
});
