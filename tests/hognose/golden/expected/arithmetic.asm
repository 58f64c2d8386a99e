entrypoint:
  ; arithmetic:1
      0  mov64 r0, 101
      1  ldxdw r3, [r2-8]
      2  jlt r3, 8, L7
      3  ldxdw r4, [r2+0]
      4  lddw r5, 0x542345d0dae41bcb        ; 6062766286698716107
      6  jeq r4, r5, L8
L7:
      7  exit
L8:
      8  call instruction.run
      9  ja L7

hognose.runtime.wide.divide_wide:
  ; src/hognose/runtime/wide.py:54  def divide_wide(high: u64, low: u64, divisor: u64) -> u64:
     10  mov64 r4, r1
  ; src/hognose/runtime/wide.py:33  if v >> 32 != 0:
     11  mov64 r0, r3
     12  rsh64 r0, 32
     13  mov64 r1, 0
     14  jeq r0, 0, L16
     15  mov64 r1, 32
L16:
     16  mov64 r5, r3
     17  jeq r0, 0, L19
     18  mov64 r5, r0
L19:
  ; src/hognose/runtime/wide.py:36  if v >> 16 != 0:
     19  mov64 r0, r5
     20  rsh64 r0, 16
     21  jeq r0, 0, L23
     22  or64 r1, 16
L23:
     23  jeq r0, 0, L25
     24  mov64 r5, r0
L25:
  ; src/hognose/runtime/wide.py:39  if v >> 8 != 0:
     25  mov64 r0, r5
     26  rsh64 r0, 8
     27  jeq r0, 0, L29
     28  or64 r1, 8
L29:
     29  jeq r0, 0, L31
     30  mov64 r5, r0
L31:
  ; src/hognose/runtime/wide.py:42  if v >> 4 != 0:
     31  mov64 r0, r5
     32  rsh64 r0, 4
     33  jeq r0, 0, L35
     34  or64 r1, 4
L35:
     35  jeq r0, 0, L37
     36  mov64 r5, r0
L37:
  ; src/hognose/runtime/wide.py:45  if v >> 2 != 0:
     37  mov64 r0, r5
     38  rsh64 r0, 2
     39  jeq r0, 0, L41
     40  add64 r1, 2
L41:
     41  jeq r0, 0, L43
     42  mov64 r5, r0
L43:
  ; src/hognose/runtime/wide.py:48  if v >> 1 != 0:
     43  jlt r5, 2, L45
     44  mov64 r5, 2
L45:
     45  add64 r5, r1
     46  mov64 r1, 64
  ; src/hognose/runtime/wide.py:56  shift = 64 - bit_length(divisor)
     47  sub64 r1, r5
  ; src/hognose/runtime/wide.py:61  if shift != 0:
     48  jeq r5, 64, L53
     49  mov64 r0, r2
     50  rsh64 r0, r5
     51  lsh64 r4, r1
     52  or64 r4, r0
L53:
  ; src/hognose/runtime/wide.py:57  d = (divisor << shift) & M64
     53  lsh64 r3, r1
  ; src/hognose/runtime/wide.py:63  rest = (low << shift) & M64
     54  lsh64 r2, r1
     55  stxdw [r10-8], r2
  ; src/hognose/runtime/wide.py:64  q1 = _digit(top, d1, d0, rest >> 32)
     56  mov64 r0, r2
     57  rsh64 r0, 32
  ; src/hognose/runtime/wide.py:59  d0 = d & M32
     58  mov64 r2, r3
     59  lsh64 r2, 32
     60  rsh64 r2, 32
  ; src/hognose/runtime/wide.py:58  d1 = d >> 32
     61  mov64 r6, r3
     62  rsh64 r6, 32
  ; src/hognose/runtime/wide.py:73  q = top // d1
     63  mov64 r5, r4
     64  div64 r5, r6
  ; src/hognose/runtime/wide.py:74  r = top % d1
     65  mov64 r8, r5
     66  mul64 r8, r6
     67  mov64 r1, r4
     68  sub64 r1, r8
L69:
     69  lddw r8, 0x100000000               ; 4294967296
  ; src/hognose/runtime/wide.py:75  while q >> 32 != 0 or q * d0 > ((r << 32) | below):
     71  jlt r5, r8, L76
L72:
  ; src/hognose/runtime/wide.py:77  r = r + d1
     72  add64 r1, r6
  ; src/hognose/runtime/wide.py:76  q = q - 1
     73  add64 r5, -1
  ; src/hognose/runtime/wide.py:78  if r >> 32 != 0:
     74  jlt r1, r8, L69
     75  ja L82
L76:
  ; src/hognose/runtime/wide.py:75  while q >> 32 != 0 or q * d0 > ((r << 32) | below):
     76  mov64 r9, r5
     77  mul64 r9, r2
     78  mov64 r7, r1
     79  lsh64 r7, 32
     80  or64 r7, r0
     81  jgt r9, r7, L72
L82:
  ; src/hognose/runtime/wide.py:65  middle = (((top << 32) | (rest >> 32)) - q1 * d) & M64
     82  mov64 r1, r5
     83  mul64 r1, r3
     84  lsh64 r4, 32
     85  or64 r4, r0
     86  sub64 r4, r1
  ; src/hognose/runtime/wide.py:73  q = top // d1
     87  mov64 r0, r4
     88  div64 r0, r6
  ; src/hognose/runtime/wide.py:74  r = top % d1
     89  mov64 r1, r0
     90  mul64 r1, r6
     91  sub64 r4, r1
     92  ldxdw r8, [r10-8]
  ; src/hognose/runtime/wide.py:66  q0 = _digit(middle, d1, d0, rest & M32)
     93  lsh64 r8, 32
     94  rsh64 r8, 32
L95:
     95  lddw r3, 0x100000000               ; 4294967296
  ; src/hognose/runtime/wide.py:75  while q >> 32 != 0 or q * d0 > ((r << 32) | below):
     97  jlt r0, r3, L102
L98:
  ; src/hognose/runtime/wide.py:77  r = r + d1
     98  add64 r4, r6
  ; src/hognose/runtime/wide.py:76  q = q - 1
     99  add64 r0, -1
  ; src/hognose/runtime/wide.py:78  if r >> 32 != 0:
    100  jlt r4, r3, L95
    101  ja L108
L102:
  ; src/hognose/runtime/wide.py:75  while q >> 32 != 0 or q * d0 > ((r << 32) | below):
    102  mov64 r1, r0
    103  mul64 r1, r2
    104  mov64 r7, r4
    105  lsh64 r7, 32
    106  or64 r7, r8
    107  jgt r1, r7, L98
L108:
  ; src/hognose/runtime/wide.py:67  return ((q1 << 32) + q0) & M64
    108  lsh64 r5, 32
    109  add64 r0, r5
    110  exit

instruction.run:
  ; tests/hognose/golden/samples/arithmetic.py:52  def run(accounts: Nobody, a: u64, b: u8, c: i128) -> None:
    111  mov64 r7, r3
    112  mov64 r6, r2
    113  lddw r1, 0x0                       ; rodata 'Instruction: Run'
    115  mov64 r2, 16
    116  call sol_log_
    117  mov64 r0, 102
    118  jeq r7, 33, L120
L119:
    119  exit
L120:
    120  ldxdw r7, [r6+8]
  ; src/hognose/runtime/wide.py:19  a0 = a & M32
    121  mov64 r1, r7
    122  lsh64 r1, 32
    123  rsh64 r1, 32
  ; tests/hognose/golden/samples/arithmetic.py:52  def run(accounts: Nobody, a: u64, b: u8, c: i128) -> None:
    124  ldxb r3, [r6+16]
    125  stxdw [r10-64], r1
  ; src/hognose/runtime/wide.py:23  middle = ((a0 * b0) >> 32) + a1 * b0
    126  mul64 r1, r3
    127  rsh64 r1, 32
  ; src/hognose/runtime/wide.py:20  a1 = a >> 32
    128  mov64 r4, r7
    129  rsh64 r4, 32
  ; src/hognose/runtime/wide.py:23  middle = ((a0 * b0) >> 32) + a1 * b0
    130  mov64 r2, r4
    131  mul64 r2, r3
    132  add64 r1, r2
  ; src/hognose/runtime/wide.py:25  return (a1 * b1 + (middle >> 32) + (other >> 32)) & M64
    133  rsh64 r1, 32
    134  stxdw [r10-112], r7
    135  stxdw [r10-48], r3
  ; tests/hognose/golden/samples/arithmetic.py:41  total: u128 = u128(a) * b + 1
    136  mul64 r7, r3
    137  add64 r7, 1
    138  mov64 r2, 1
    139  mov64 r3, 1
    140  jeq r7, 0, L142
    141  mov64 r3, 0
L142:
  ; tests/hognose/golden/samples/arithmetic.py:42  return c // (i128(total) | 1) - -c % 7
    142  mov64 r8, r3
    143  add64 r8, r1
    144  mov64 r1, 1
    145  jlt r8, r3, L147
    146  mov64 r1, 0
L147:
  ; tests/hognose/golden/samples/arithmetic.py:52  def run(accounts: Nobody, a: u64, b: u8, c: i128) -> None:
    147  ldxdw r0, [r6+17]
  ; tests/hognose/golden/samples/arithmetic.py:42  return c // (i128(total) | 1) - -c % 7
    148  jne r0, 0, L150
    149  mov64 r2, 0
L150:
  ; tests/hognose/golden/samples/arithmetic.py:52  def run(accounts: Nobody, a: u64, b: u8, c: i128) -> None:
    150  ldxdw r5, [r6+25]
  ; tests/hognose/golden/samples/arithmetic.py:42  return c // (i128(total) | 1) - -c % 7
    151  mov64 r6, r0
    152  neg64 r6
    153  jslt r5, 0, L155
    154  mov64 r6, r0
L155:
    155  mov64 r3, r5
    156  add64 r3, r2
    157  neg64 r3
    158  stxdw [r10-128], r3
    159  stxdw [r10-40], r3
    160  jslt r5, 0, L162
    161  stxdw [r10-40], r5
L162:
    162  mov64 r9, r7
    163  or64 r9, 1
  ; src/hognose/runtime/wide.py:86  if d1 == 0:
    164  mov64 r2, r8
    165  or64 r2, r1
    166  stxdw [r10-120], r4
    167  stxdw [r10-56], r5
    168  stxdw [r10-104], r0
    169  stxdw [r10-88], r6
    170  jne r2, 0, L182
    171  ldxdw r1, [r10-40]
  ; src/hognose/runtime/wide.py:87  q1 = n1 // d0
    172  mov64 r2, r1
    173  div64 r2, r9
    174  stxdw [r10-80], r2
  ; src/hognose/runtime/wide.py:88  return q1, divide_wide(n1 % d0, n0, d0)
    175  mul64 r2, r9
    176  stxdw [r10-96], r2
    177  sub64 r1, r2
    178  mov64 r2, r6
    179  mov64 r3, r9
    180  call hognose.runtime.wide.divide_wide
    181  ja L297
L182:
    182  stxdw [r10-72], r9
  ; src/hognose/runtime/wide.py:33  if v >> 32 != 0:
    183  mov64 r2, r8
    184  rsh64 r2, 32
    185  mov64 r1, 0
    186  jeq r2, 0, L188
    187  mov64 r1, 32
L188:
    188  mov64 r9, r8
    189  jeq r2, 0, L191
    190  mov64 r9, r2
L191:
  ; src/hognose/runtime/wide.py:36  if v >> 16 != 0:
    191  mov64 r2, r9
    192  rsh64 r2, 16
    193  jeq r2, 0, L195
    194  or64 r1, 16
L195:
    195  jeq r2, 0, L197
    196  mov64 r9, r2
L197:
  ; src/hognose/runtime/wide.py:39  if v >> 8 != 0:
    197  mov64 r2, r9
    198  rsh64 r2, 8
    199  jeq r2, 0, L201
    200  or64 r1, 8
L201:
    201  jeq r2, 0, L203
    202  mov64 r9, r2
L203:
  ; src/hognose/runtime/wide.py:42  if v >> 4 != 0:
    203  mov64 r2, r9
    204  rsh64 r2, 4
    205  jeq r2, 0, L207
    206  or64 r1, 4
L207:
    207  jeq r2, 0, L209
    208  mov64 r9, r2
L209:
  ; src/hognose/runtime/wide.py:45  if v >> 2 != 0:
    209  mov64 r2, r9
    210  rsh64 r2, 2
    211  jeq r2, 0, L213
    212  add64 r1, 2
L213:
    213  jeq r2, 0, L215
    214  mov64 r9, r2
L215:
    215  mov64 r3, r6
    216  rsh64 r3, 1
    217  ldxdw r2, [r10-40]
    218  lsh64 r2, 63
  ; src/hognose/runtime/wide.py:48  if v >> 1 != 0:
    219  jlt r9, 2, L221
    220  mov64 r9, 2
L221:
    221  or64 r2, r3
    222  add64 r9, r1
    223  mov64 r3, r8
  ; src/hognose/runtime/wide.py:91  if shift != 0:
    224  jeq r9, 64, L232
    225  mov64 r1, 64
    226  sub64 r1, r9
    227  mov64 r3, r8
    228  lsh64 r3, r1
    229  ldxdw r1, [r10-72]
    230  rsh64 r1, r9
    231  or64 r3, r1
L232:
  ; src/hognose/runtime/wide.py:93  u1 = n1 >> 1
    232  ldxdw r1, [r10-40]
    233  rsh64 r1, 1
  ; src/hognose/runtime/wide.py:95  q = divide_wide(u1, u0, v1)
    234  call hognose.runtime.wide.divide_wide
  ; src/hognose/runtime/wide.py:96  q = q >> (63 - shift)
    235  add64 r9, -1
    236  rsh64 r0, r9
    237  mov64 r3, 1
    238  mov64 r1, 1
  ; src/hognose/runtime/wide.py:97  if q != 0:
    239  jne r0, 0, L241
    240  mov64 r1, 0
L241:
    241  and64 r1, 1
    242  sub64 r0, r1
  ; src/hognose/runtime/wide.py:100  low = (q * d0) & M64
    243  mov64 r1, r0
    244  ldxdw r2, [r10-72]
    245  mul64 r1, r2
  ; src/hognose/runtime/wide.py:104  if n0 < low:
    246  jlt r6, r1, L248
    247  mov64 r3, 0
L248:
  ; src/hognose/runtime/wide.py:21  b0 = b & M32
    248  ldxdw r9, [r10-72]
    249  lsh64 r9, 32
    250  rsh64 r9, 32
  ; src/hognose/runtime/wide.py:19  a0 = a & M32
    251  mov64 r4, r0
    252  lsh64 r4, 32
    253  rsh64 r4, 32
    254  mov64 r6, r3
  ; src/hognose/runtime/wide.py:20  a1 = a >> 32
    255  mov64 r3, r0
    256  rsh64 r3, 32
  ; src/hognose/runtime/wide.py:23  middle = ((a0 * b0) >> 32) + a1 * b0
    257  mov64 r2, r3
    258  mul64 r2, r9
    259  mov64 r5, r4
    260  mul64 r5, r9
    261  rsh64 r5, 32
    262  add64 r5, r2
  ; src/hognose/runtime/wide.py:22  b1 = b >> 32
    263  mov64 r2, r7
    264  rsh64 r2, 32
  ; src/hognose/runtime/wide.py:25  return (a1 * b1 + (middle >> 32) + (other >> 32)) & M64
    265  mul64 r3, r2
    266  mov64 r9, r5
    267  rsh64 r9, 32
    268  add64 r3, r9
    269  ldxdw r9, [r10-72]
  ; src/hognose/runtime/wide.py:24  other = (middle & M32) + a0 * b1
    270  mul64 r4, r2
    271  lsh64 r5, 32
    272  rsh64 r5, 32
    273  add64 r5, r4
  ; src/hognose/runtime/wide.py:25  return (a1 * b1 + (middle >> 32) + (other >> 32)) & M64
    274  rsh64 r5, 32
    275  add64 r3, r5
  ; src/hognose/runtime/wide.py:101  high = (mul_high(q, d0) + q * d1) & M64
    276  mov64 r2, r0
    277  mul64 r2, r8
  ; src/hognose/runtime/wide.py:106  r1 = (n1 - high - borrow) & M64
    278  add64 r3, r2
    279  ldxdw r4, [r10-40]
    280  sub64 r4, r3
    281  sub64 r4, r6
  ; src/hognose/runtime/wide.py:107  if r1 > d1 or (r1 == d1 and r0 >= d0):
    282  jle r4, r8, L288
L283:
    283  mov64 r1, 0
  ; src/hognose/runtime/wide.py:108  q = q + 1
    284  stxdw [r10-96], r1
    285  add64 r0, 1
    286  stxdw [r10-80], r1
    287  ja L297
L288:
    288  mov64 r2, 0
    289  stxdw [r10-96], r2
  ; src/hognose/runtime/wide.py:107  if r1 > d1 or (r1 == d1 and r0 >= d0):
    290  stxdw [r10-80], r2
    291  jne r4, r8, L297
    292  ldxdw r2, [r10-88]
    293  sub64 r2, r1
    294  mov64 r1, 0
    295  stxdw [r10-80], r1
    296  jge r2, r9, L283
L297:
  ; tests/hognose/golden/samples/arithmetic.py:42  return c // (i128(total) | 1) - -c % 7
    297  ldxdw r1, [r10-56]
    298  rsh64 r1, 63
  ; src/hognose/runtime/wide.py:19  a0 = a & M32
    299  mov64 r3, r0
    300  lsh64 r3, 32
    301  rsh64 r3, 32
  ; src/hognose/runtime/wide.py:21  b0 = b & M32
    302  mov64 r5, r9
    303  lsh64 r5, 32
    304  rsh64 r5, 32
  ; src/hognose/runtime/wide.py:20  a1 = a >> 32
    305  mov64 r2, r0
    306  rsh64 r2, 32
    307  mov64 r6, r8
  ; src/hognose/runtime/wide.py:23  middle = ((a0 * b0) >> 32) + a1 * b0
    308  mov64 r8, r2
    309  mul64 r8, r5
    310  mov64 r4, r3
    311  mul64 r4, r5
    312  rsh64 r4, 32
    313  add64 r4, r8
  ; src/hognose/runtime/wide.py:22  b1 = b >> 32
    314  rsh64 r7, 32
  ; src/hognose/runtime/wide.py:24  other = (middle & M32) + a0 * b1
    315  mul64 r3, r7
  ; src/hognose/runtime/wide.py:25  return (a1 * b1 + (middle >> 32) + (other >> 32)) & M64
    316  mul64 r2, r7
    317  mov64 r5, r4
    318  rsh64 r5, 32
    319  add64 r2, r5
  ; src/hognose/runtime/wide.py:24  other = (middle & M32) + a0 * b1
    320  lsh64 r4, 32
    321  rsh64 r4, 32
    322  add64 r4, r3
  ; tests/hognose/golden/samples/arithmetic.py:42  return c // (i128(total) | 1) - -c % 7
    323  mov64 r3, r0
    324  mul64 r3, r9
    325  ldxdw r5, [r10-88]
    326  xor64 r5, r3
    327  mov64 r3, r0
    328  mul64 r3, r6
    329  ldxdw r6, [r10-96]
    330  add64 r3, r6
  ; src/hognose/runtime/wide.py:25  return (a1 * b1 + (middle >> 32) + (other >> 32)) & M64
    331  rsh64 r4, 32
    332  add64 r2, r4
  ; tests/hognose/golden/samples/arithmetic.py:42  return c // (i128(total) | 1) - -c % 7
    333  add64 r2, r3
    334  ldxdw r3, [r10-40]
    335  xor64 r3, r2
    336  or64 r5, r3
    337  mov64 r3, 1
    338  mov64 r2, 1
    339  jne r5, 0, L341
    340  mov64 r2, 0
L341:
    341  mov64 r4, r1
    342  and64 r4, r2
    343  mov64 r2, r0
    344  add64 r2, r4
    345  mov64 r5, 1
    346  ldxdw r7, [r10-104]
    347  jne r2, 0, L349
    348  mov64 r5, 0
L349:
    349  ldxdw r6, [r10-80]
    350  jlt r2, r0, L352
    351  mov64 r3, 0
L352:
    352  mov64 r4, r6
    353  add64 r4, r3
    354  mov64 r8, r4
    355  add64 r8, r5
    356  neg64 r8
    357  jne r1, 0, L359
    358  mov64 r8, r6
L359:
    359  mov64 r5, r2
    360  neg64 r5
    361  ldxdw r3, [r10-56]
    362  jne r1, 0, L364
    363  mov64 r5, r0
L364:
    364  or64 r2, r4
    365  jeq r2, 0, L370
    366  mov64 r0, 1074790401
    367  mov64 r1, r3
    368  xor64 r1, r8
    369  jslt r1, 0, L119
L370:
    370  lddw r1, 0x8000000000000000        ; 9223372036854775808
    372  mov64 r2, r3
    373  xor64 r2, r1
    374  mov64 r1, r7
    375  or64 r1, r2
    376  mov64 r0, 1074790402
    377  jeq r1, 0, L119
    378  mov64 r6, r7
    379  neg64 r6
    380  jslt r3, 0, L382
    381  mov64 r6, r7
L382:
    382  mov64 r1, 1
    383  jne r7, 0, L385
    384  mov64 r1, 0
L385:
    385  stxdw [r10-40], r5
    386  mov64 r7, r3
    387  add64 r7, r1
    388  neg64 r7
    389  jslt r3, 0, L391
    390  mov64 r7, r3
L391:
  ; src/hognose/runtime/wide.py:88  return q1, divide_wide(n1 % d0, n0, d0)
    391  mov64 r9, r7
    392  mod64 r9, 7
    393  mov64 r1, r9
    394  mov64 r2, r6
    395  mov64 r3, 7
    396  call hognose.runtime.wide.divide_wide
  ; src/hognose/runtime/wide.py:20  a1 = a >> 32
    397  mov64 r1, r0
    398  rsh64 r1, 32
  ; src/hognose/runtime/wide.py:23  middle = ((a0 * b0) >> 32) + a1 * b0
    399  mul64 r1, 7
  ; src/hognose/runtime/wide.py:19  a0 = a & M32
    400  mov64 r3, r0
    401  lsh64 r3, 32
    402  rsh64 r3, 32
  ; src/hognose/runtime/wide.py:23  middle = ((a0 * b0) >> 32) + a1 * b0
    403  mul64 r3, 7
    404  rsh64 r3, 32
    405  add64 r3, r1
  ; src/hognose/runtime/wide.py:25  return (a1 * b1 + (middle >> 32) + (other >> 32)) & M64
    406  rsh64 r3, 32
  ; src/hognose/runtime/wide.py:88  return q1, divide_wide(n1 % d0, n0, d0)
    407  mov64 r2, r7
    408  sub64 r2, r9
  ; tests/hognose/golden/samples/arithmetic.py:42  return c // (i128(total) | 1) - -c % 7
    409  add64 r2, r3
    410  mul64 r0, 7
    411  mov64 r1, r7
    412  xor64 r1, r2
    413  mov64 r4, r6
    414  xor64 r4, r0
    415  or64 r4, r1
    416  mov64 r1, 1
    417  ldxdw r3, [r10-128]
    418  jslt r3, 0, L420
    419  mov64 r1, 0
L420:
    420  mov64 r3, 1
    421  jne r4, 0, L423
    422  mov64 r3, 0
L423:
    423  sub64 r7, r2
    424  mov64 r2, r6
    425  sub64 r2, r0
    426  mov64 r4, 1
    427  ldxdw r9, [r10-120]
    428  ldxdw r5, [r10-40]
    429  jlt r6, r0, L431
    430  mov64 r4, 0
L431:
    431  and64 r1, r3
    432  sub64 r7, r4
    433  mov64 r4, 1
    434  jgt r2, 7, L436
    435  mov64 r4, 0
L436:
    436  mov64 r3, r7
    437  add64 r3, r4
    438  neg64 r3
    439  jne r1, 0, L441
    440  mov64 r3, r7
L441:
    441  mov64 r4, 7
    442  sub64 r4, r2
    443  jne r1, 0, L445
    444  mov64 r4, r2
L445:
    445  ldxdw r7, [r10-112]
    446  mov64 r2, 1
    447  jlt r5, r4, L449
    448  mov64 r2, 0
L449:
    449  mov64 r1, r8
    450  sub64 r1, r3
    451  sub64 r1, r2
    452  xor64 r3, r8
    453  mov64 r2, r1
    454  xor64 r2, r8
    455  and64 r2, r3
    456  mov64 r0, 1074790403
    457  jslt r2, 0, L119
  ; tests/hognose/golden/samples/arithmetic.py:54  set_return_data(Result(mixed=mixed(a, b, c), fused=fused(a, a, b)))
    458  sub64 r5, r4
    459  stxdw [r10-32], r5
    460  stxdw [r10-24], r1
  ; src/hognose/runtime/wide.py:23  middle = ((a0 * b0) >> 32) + a1 * b0
    461  mov64 r2, r9
    462  mul64 r2, 30
    463  ldxdw r1, [r10-64]
    464  mul64 r1, 30
    465  rsh64 r1, 32
    466  add64 r1, r2
  ; tests/hognose/golden/samples/arithmetic.py:47  fee = mul_div_ceil(amount, 30, 10_000)
    467  mov64 r6, r7
    468  mul64 r6, 30
  ; src/hognose/runtime/wide.py:25  return (a1 * b1 + (middle >> 32) + (other >> 32)) & M64
    469  rsh64 r1, 32
  ; tests/hognose/golden/samples/arithmetic.py:47  fee = mul_div_ceil(amount, 30, 10_000)
    470  jne r1, 0, L474
    471  mov64 r0, r6
    472  div64 r0, 10000
    473  ja L477
L474:
    474  mov64 r2, r6
    475  mov64 r3, 10000
    476  call hognose.runtime.wide.divide_wide
L477:
    477  neg64 r6
    478  mov64 r2, r0
    479  mul64 r2, -10000
    480  mov64 r1, 1
    481  mov64 r3, 1
    482  jne r2, r6, L484
    483  mov64 r3, 0
L484:
    484  mov64 r2, r0
    485  add64 r2, r3
    486  jlt r2, r0, L488
    487  mov64 r1, 0
L488:
    488  mov64 r0, 1074790404
    489  and64 r1, 1
    490  jne r1, 0, L119
    491  mov64 r0, 1074790405
  ; tests/hognose/golden/samples/arithmetic.py:48  return mul_shift(price, amount - fee, 32) + (u64(1) << scale) + (amount >> scale)
    492  jlt r7, r2, L119
    493  mov64 r1, r7
    494  sub64 r1, r2
  ; src/hognose/runtime/wide.py:21  b0 = b & M32
    495  mov64 r3, r1
    496  lsh64 r3, 32
    497  rsh64 r3, 32
  ; src/hognose/runtime/wide.py:23  middle = ((a0 * b0) >> 32) + a1 * b0
    498  mov64 r4, r9
    499  mul64 r4, r3
    500  ldxdw r5, [r10-64]
    501  mov64 r2, r5
    502  mul64 r2, r3
    503  rsh64 r2, 32
    504  add64 r2, r4
  ; src/hognose/runtime/wide.py:22  b1 = b >> 32
    505  mov64 r3, r1
    506  rsh64 r3, 32
  ; src/hognose/runtime/wide.py:25  return (a1 * b1 + (middle >> 32) + (other >> 32)) & M64
    507  mul64 r9, r3
    508  mov64 r4, r2
    509  rsh64 r4, 32
    510  add64 r9, r4
  ; src/hognose/runtime/wide.py:24  other = (middle & M32) + a0 * b1
    511  mul64 r5, r3
    512  lsh64 r2, 32
    513  rsh64 r2, 32
    514  add64 r2, r5
  ; src/hognose/runtime/wide.py:25  return (a1 * b1 + (middle >> 32) + (other >> 32)) & M64
    515  rsh64 r2, 32
    516  add64 r9, r2
    517  mov64 r0, 1074790406
    518  lddw r2, 0xffffffff                ; 4294967295
  ; tests/hognose/golden/samples/arithmetic.py:48  return mul_shift(price, amount - fee, 32) + (u64(1) << scale) + (amount >> scale)
    520  jgt r9, r2, L119
    521  mov64 r0, 1077936135
    522  ldxdw r2, [r10-48]
    523  jgt r2, 63, L119
    524  mul64 r1, r7
    525  rsh64 r1, 32
    526  lsh64 r9, 32
    527  or64 r1, r9
    528  mov64 r3, 1
    529  mov64 r4, 1
    530  ldxdw r2, [r10-48]
    531  lsh64 r4, r2
    532  mov64 r2, r4
    533  add64 r2, r1
    534  jlt r2, r4, L536
    535  mov64 r3, 0
L536:
    536  mov64 r0, 1074790409
    537  and64 r3, 1
    538  jne r3, 0, L119
    539  ldxdw r1, [r10-48]
    540  rsh64 r7, r1
    541  mov64 r1, r2
    542  add64 r1, r7
    543  mov64 r3, 1
    544  jlt r1, r2, L546
    545  mov64 r3, 0
L546:
    546  mov64 r0, 1074790410
    547  and64 r3, 1
    548  jne r3, 0, L119
  ; tests/hognose/golden/samples/arithmetic.py:54  set_return_data(Result(mixed=mixed(a, b, c), fused=fused(a, a, b)))
    549  stxdw [r10-16], r1
    550  mov64 r1, r10
    551  add64 r1, -32
    552  mov64 r2, 24
    553  call sol_set_return_data
    554  mov64 r0, 0
    555  ja L119

rodata: 16 bytes
      0x0  49 6e 73 74 72 75 63 74 69 6f 6e 3a 20 52 75 6e  Instruction: Run
