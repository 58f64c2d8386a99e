entrypoint:
  ; counter:1
      0  mov64 r0, 101
      1  ldxdw r3, [r2-8]
      2  jlt r3, 8, L10
      3  ldxdw r4, [r2+0]
      4  lddw r5, 0x25bf204d1dfe3816        ; 2719928215542839318
      6  jeq r4, r5, L13
      7  lddw r5, 0x76d8de46abed5397        ; 8563839086558532503
      9  jeq r4, r5, L11
L10:
     10  exit
L11:
     11  call instruction.open_counter
     12  ja L10
L13:
     13  call instruction.step
     14  ja L10

instruction.open_counter:
  ; tests/hognose/golden/samples/counter.py:66  def open_counter(accounts: Open) -> None:
     15  mov64 r8, r3
     16  stxdw [r10-896], r2
     17  mov64 r6, r1
     18  lddw r1, 0x0                       ; rodata 'Instruction: Ope'
     20  mov64 r2, 24
     21  call sol_log_
     22  mov64 r0, 3005
     23  ldxdw r1, [r6+0]
     24  jlt r1, 3, L28
     25  mov64 r0, 2040
     26  ldxb r1, [r6+8]
     27  jeq r1, 255, L29
L28:
     28  exit
L29:
     29  mov64 r7, r6
     30  add64 r7, 96
     31  ldxdw r1, [r6+88]
     32  add64 r1, 7
     33  and64 r1, -8
     34  mov64 r9, r7
     35  add64 r9, r1
     36  ldxb r1, [r9+10248]
     37  jne r1, 255, L28
     38  mov64 r2, r9
     39  add64 r2, 10336
     40  ldxdw r1, [r9+10328]
     41  mov64 r3, r1
     42  add64 r3, 7
     43  and64 r3, -8
     44  stxdw [r10-904], r2
     45  add64 r2, r3
     46  ldxb r3, [r2+10248]
     47  jne r3, 255, L28
     48  mov64 r0, 102
     49  jne r8, 8, L28
  ; tests/hognose/golden/samples/counter.py:52  owner: Account = signer(writable=True)
     50  ldxb r3, [r6+9]
     51  jeq r3, 0, L288
     52  ldxb r3, [r6+10]
     53  jeq r3, 0, L294
  ; tests/hognose/golden/samples/counter.py:54  system_program: Account = program(SYSTEM_PROGRAM)
     54  ldxdw r3, [r2+10256]
     55  jeq r3, 0, L57
     56  ja L282
L57:
     57  ldxdw r3, [r2+10264]
     58  jne r3, 0, L282
     59  ldxdw r3, [r2+10272]
     60  jne r3, 0, L282
     61  ldxdw r3, [r2+10280]
     62  jne r3, 0, L282
     63  ldxb r2, [r2+10251]
     64  jeq r2, 0, L298
  ; tests/hognose/golden/samples/counter.py:53  counter: Counter = create(payer="owner", owner="owner")
     65  ldxb r2, [r9+10250]
     66  jeq r2, 0, L304
     67  ldxdw r2, [r9+10288]
     68  jeq r2, 0, L70
     69  ja L270
L70:
     70  ldxdw r2, [r9+10296]
     71  jne r2, 0, L270
     72  ldxdw r2, [r9+10304]
     73  jne r2, 0, L270
     74  ldxdw r2, [r9+10312]
     75  jne r2, 0, L270
     76  jeq r1, 0, L78
     77  ja L270
L78:
     78  ldxdw r3, [r10-896]
     79  add64 r3, 8
     80  mov64 r8, r6
     81  add64 r8, 16
     82  mov64 r1, 32
     83  stxdw [r10-48], r1
     84  stxdw [r10-56], r8
     85  mov64 r1, 7
     86  stxdw [r10-64], r1
     87  lddw r1, 0x6f                      ; rodata 'counter'
     89  stxdw [r10-72], r1
     90  mov64 r1, r10
     91  add64 r1, -72
     92  mov64 r4, r10
     93  add64 r4, -32
     94  mov64 r5, r10
     95  add64 r5, -40
     96  mov64 r2, 2
     97  call sol_try_find_program_address
     98  jeq r0, 0, L100
     99  ja L276
L100:
    100  ldxdw r1, [r9+10256]
    101  ldxdw r2, [r10-32]
    102  jeq r2, r1, L104
    103  ja L276
L104:
    104  ldxdw r1, [r9+10264]
    105  ldxdw r2, [r10-24]
    106  jne r2, r1, L276
    107  ldxdw r1, [r9+10272]
    108  ldxdw r2, [r10-16]
    109  jne r2, r1, L276
    110  ldxdw r1, [r9+10280]
    111  ldxdw r2, [r10-8]
    112  jne r2, r1, L276
    113  mov64 r2, r10
    114  add64 r2, -96
    115  lddw r1, 0x78                      ; rodata 06a7d517192c5c51 218cc94c3d4af17f
    117  mov64 r3, 0
    118  mov64 r4, 17
    119  call sol_get_sysvar
    120  mov64 r1, r0
    121  mov64 r0, 1080033280
    122  jeq r1, 0, L124
    123  ja L28
L124:
    124  ldxdw r1, [r10-96]
    125  ldxdw r3, [r10-88]
    126  lddw r2, 0x4000000000000000        ; 4611686018427387904
    128  jeq r3, r2, L132
    129  lddw r2, 0x3ff0000000000000        ; 4607182418800017408
    131  jne r3, r2, L28
L132:
    132  mov64 r0, 1074790401
    133  jgt r1, 2147483647, L28
    134  mov64 r4, 1
    135  lddw r5, 0x4000000000000000        ; 4611686018427387904
    137  mov64 r2, 1
    138  jeq r3, r5, L140
    139  mov64 r2, 0
L140:
    140  mov64 r0, r9
    141  add64 r0, 10288
    142  mov64 r5, r9
    143  add64 r5, 10256
    144  stxdw [r10-104], r4
    145  mov64 r3, r10
    146  add64 r3, -40
    147  stxdw [r10-112], r3
    148  mov64 r3, 32
    149  stxdw [r10-120], r3
    150  stxdw [r10-128], r8
    151  mov64 r3, 7
    152  stxdw [r10-136], r3
    153  lddw r3, 0x6f                      ; rodata 'counter'
    155  stxdw [r10-144], r3
    156  mov64 r3, 3
    157  stxdw [r10-152], r3
    158  mov64 r3, r10
    159  add64 r3, -144
    160  stxdw [r10-160], r3
    161  mul64 r1, 177
    162  lsh64 r1, r2
    163  mov64 r3, r9
    164  add64 r3, 10320
    165  ldxdw r2, [r9+10320]
    166  jne r2, 0, L310
    167  mov64 r2, 49
    168  stxdw [r10-204], r2
    169  stxdw [r10-212], r1
    170  mov64 r1, 0
    171  stxw [r10-216], r1
    172  ldxdw r2, [r10-896]
    173  ldxdw r1, [r2+8]
    174  stxdw [r10-196], r1
    175  ldxdw r1, [r2+16]
    176  stxdw [r10-188], r1
    177  ldxdw r1, [r2+24]
    178  stxdw [r10-180], r1
    179  ldxdw r1, [r2+32]
    180  mov64 r2, 257
    181  stxh [r10-224], r2
    182  stxh [r10-240], r2
    183  stxdw [r10-172], r1
    184  mov64 r1, 52
    185  stxdw [r10-256], r1
    186  mov64 r1, r10
    187  add64 r1, -216
    188  stxdw [r10-264], r1
    189  mov64 r1, r10
    190  add64 r1, -248
    191  stxdw [r10-280], r1
    192  lddw r1, 0x28                      ; rodata 0000000000000000 0000000000000000
    194  stxdw [r10-288], r1
    195  stxdw [r10-232], r5
    196  stxdw [r10-248], r8
    197  mov64 r1, 2
    198  stxdw [r10-272], r1
    199  ldxdw r1, [r6+88]
    200  mov64 r2, r1
    201  add64 r2, 7
    202  and64 r2, -8
    203  mov64 r4, r7
    204  mov64 r7, r3
    205  mov64 r3, r4
    206  add64 r3, r2
    207  ldxdw r2, [r3+10240]
    208  stxdw [r10-360], r2
    209  mov64 r2, r6
    210  add64 r2, 48
    211  stxdw [r10-368], r2
    212  stxdw [r10-376], r4
    213  stxdw [r10-384], r1
    214  mov64 r1, r6
    215  add64 r1, 80
    216  stxdw [r10-392], r1
    217  stxdw [r10-400], r8
    218  ldxb r1, [r6+9]
    219  stxb [r10-352], r1
    220  ldxb r1, [r6+10]
    221  stxb [r10-351], r1
    222  ldxb r1, [r6+11]
    223  stxb [r10-350], r1
    224  ldxdw r1, [r9+10328]
    225  mov64 r2, r1
    226  add64 r2, 7
    227  and64 r2, -8
    228  ldxdw r4, [r10-904]
    229  mov64 r3, r4
    230  add64 r3, r2
    231  ldxdw r2, [r3+10240]
    232  stxdw [r10-304], r2
    233  stxdw [r10-312], r0
    234  stxdw [r10-320], r4
    235  stxdw [r10-328], r1
    236  stxdw [r10-336], r7
    237  stxdw [r10-344], r5
    238  ldxb r1, [r9+10249]
    239  stxb [r10-296], r1
    240  ldxb r1, [r9+10250]
    241  stxb [r10-295], r1
    242  ldxb r1, [r9+10251]
    243  stxb [r10-294], r1
    244  mov64 r1, r10
    245  add64 r1, -288
    246  mov64 r2, r10
    247  add64 r2, -400
    248  mov64 r4, r10
    249  add64 r4, -160
    250  mov64 r3, 2
    251  mov64 r5, 1
    252  call sol_invoke_signed_c
    253  jeq r0, 0, L255
    254  ja L28
L255:
    255  lddw r1, 0x197cfdbcf504b0ff        ; 1836621736066724095
    257  stxdw [r9+10336], r1
    258  ldxdw r1, [r6+16]
    259  stxdw [r9+10344], r1
    260  ldxdw r1, [r6+24]
    261  stxdw [r9+10352], r1
    262  ldxdw r1, [r6+32]
    263  stxdw [r9+10360], r1
    264  ldxdw r1, [r6+40]
    265  stxdw [r9+10368], r1
    266  ldxb r1, [r10-40]
    267  stxb [r9+10376], r1
    268  mov64 r0, 0
  ; tests/hognose/golden/samples/counter.py:66  def open_counter(accounts: Open) -> None:
    269  ja L28
L270:
  ; tests/hognose/golden/samples/counter.py:53  counter: Counter = create(payer="owner", owner="owner")
    270  lddw r1, 0x5f                      ; rodata 'account: counter'
    272  mov64 r2, 16
    273  call sol_log_
    274  mov64 r0, 2003
    275  ja L28
L276:
    276  lddw r1, 0x5f                      ; rodata 'account: counter'
    278  mov64 r2, 16
    279  call sol_log_
    280  mov64 r0, 2006
    281  ja L28
L282:
  ; tests/hognose/golden/samples/counter.py:54  system_program: Account = program(SYSTEM_PROGRAM)
    282  lddw r1, 0x48                      ; rodata 'account: system_'
    284  mov64 r2, 23
    285  call sol_log_
    286  mov64 r0, 3008
    287  ja L28
L288:
  ; tests/hognose/golden/samples/counter.py:52  owner: Account = signer(writable=True)
    288  lddw r1, 0x18                      ; rodata 'account: owner'
    290  mov64 r2, 14
    291  call sol_log_
    292  mov64 r0, 3010
    293  ja L28
L294:
    294  lddw r1, 0x18                      ; rodata 'account: owner'
    296  mov64 r2, 14
    297  ja L307
L298:
  ; tests/hognose/golden/samples/counter.py:54  system_program: Account = program(SYSTEM_PROGRAM)
    298  lddw r1, 0x48                      ; rodata 'account: system_'
    300  mov64 r2, 23
    301  call sol_log_
    302  mov64 r0, 3009
    303  ja L28
L304:
  ; tests/hognose/golden/samples/counter.py:53  counter: Counter = create(payer="owner", owner="owner")
    304  lddw r1, 0x5f                      ; rodata 'account: counter'
    306  mov64 r2, 16
L307:
    307  call sol_log_
    308  mov64 r0, 2000
  ; tests/hognose/golden/samples/counter.py:52  owner: Account = signer(writable=True)
    309  ja L28
L310:
    310  mov64 r4, r3
  ; tests/hognose/golden/samples/counter.py:53  counter: Counter = create(payer="owner", owner="owner")
    311  stxdw [r10-912], r0
    312  jgt r1, r2, L316
    313  mov64 r7, r0
    314  mov64 r8, r4
    315  ja L395
L316:
    316  sub64 r1, r2
    317  mov64 r2, 1
    318  stxh [r10-432], r2
    319  mov64 r2, 257
    320  stxh [r10-448], r2
    321  mov64 r2, 12
    322  stxdw [r10-464], r2
    323  mov64 r2, r10
    324  add64 r2, -416
    325  stxdw [r10-472], r2
    326  mov64 r2, r10
    327  add64 r2, -456
    328  stxdw [r10-488], r2
    329  lddw r2, 0x28                      ; rodata 0000000000000000 0000000000000000
    331  stxdw [r10-496], r2
    332  stxdw [r10-412], r1
    333  mov64 r1, 2
    334  stxw [r10-416], r1
    335  stxdw [r10-440], r5
    336  stxdw [r10-456], r8
    337  stxdw [r10-480], r1
    338  ldxdw r1, [r6+88]
    339  mov64 r2, r1
    340  add64 r2, 7
    341  and64 r2, -8
    342  mov64 r3, r7
    343  add64 r3, r2
    344  ldxdw r2, [r3+10240]
    345  stxdw [r10-568], r2
    346  mov64 r2, r6
    347  add64 r2, 48
    348  stxdw [r10-576], r2
    349  stxdw [r10-584], r7
    350  stxdw [r10-592], r1
    351  mov64 r1, r6
    352  add64 r1, 80
    353  stxdw [r10-600], r1
    354  stxdw [r10-608], r8
    355  ldxb r1, [r6+9]
    356  stxb [r10-560], r1
    357  ldxb r1, [r6+10]
    358  stxb [r10-559], r1
    359  ldxb r1, [r6+11]
    360  stxb [r10-558], r1
    361  ldxdw r1, [r9+10328]
    362  mov64 r2, r1
    363  add64 r2, 7
    364  and64 r2, -8
    365  ldxdw r7, [r10-904]
    366  mov64 r3, r7
    367  add64 r3, r2
    368  ldxdw r2, [r3+10240]
    369  stxdw [r10-512], r2
    370  stxdw [r10-536], r1
    371  stxdw [r10-520], r0
    372  stxdw [r10-528], r7
    373  mov64 r8, r4
    374  stxdw [r10-544], r8
    375  stxdw [r10-552], r5
    376  ldxb r1, [r9+10249]
    377  stxb [r10-504], r1
    378  ldxb r1, [r9+10250]
    379  stxb [r10-503], r1
    380  ldxb r1, [r9+10251]
    381  stxb [r10-502], r1
    382  mov64 r1, r10
    383  add64 r1, -496
    384  mov64 r2, r10
    385  add64 r2, -608
    386  mov64 r4, r10
    387  add64 r4, -424
    388  mov64 r3, 2
    389  mov64 r7, r5
    390  mov64 r5, 0
    391  call sol_invoke_signed_c
    392  mov64 r5, r7
    393  ldxdw r7, [r10-912]
    394  jne r0, 0, L28
L395:
    395  mov64 r1, 49
    396  stxdw [r10-620], r1
    397  mov64 r1, 8
    398  stxw [r10-624], r1
    399  mov64 r1, 257
    400  stxh [r10-632], r1
    401  mov64 r1, 12
    402  stxdw [r10-648], r1
    403  mov64 r1, r10
    404  add64 r1, -624
    405  stxdw [r10-656], r1
    406  mov64 r1, r10
    407  add64 r1, -640
    408  stxdw [r10-672], r1
    409  lddw r1, 0x28                      ; rodata 0000000000000000 0000000000000000
    411  stxdw [r10-680], r1
    412  stxdw [r10-640], r5
    413  mov64 r1, 1
    414  stxdw [r10-664], r1
    415  ldxdw r1, [r9+10328]
    416  mov64 r2, r1
    417  add64 r2, 7
    418  and64 r2, -8
    419  ldxdw r4, [r10-904]
    420  mov64 r3, r4
    421  add64 r3, r2
    422  ldxdw r2, [r3+10240]
    423  stxdw [r10-696], r2
    424  stxdw [r10-704], r7
    425  stxdw [r10-712], r4
    426  stxdw [r10-720], r1
    427  stxdw [r10-728], r8
    428  stxdw [r10-736], r5
    429  ldxb r1, [r9+10249]
    430  stxb [r10-688], r1
    431  ldxb r1, [r9+10250]
    432  stxb [r10-687], r1
    433  ldxb r1, [r9+10251]
    434  stxb [r10-686], r1
    435  mov64 r1, r10
    436  add64 r1, -680
    437  mov64 r2, r10
    438  add64 r2, -736
    439  mov64 r4, r10
    440  add64 r4, -160
    441  mov64 r3, 1
    442  mov64 r7, r8
    443  mov64 r8, r5
    444  mov64 r5, 1
    445  call sol_invoke_signed_c
    446  mov64 r5, r8
    447  mov64 r8, r7
    448  ldxdw r7, [r10-912]
    449  jne r0, 0, L28
    450  mov64 r3, 1
    451  stxw [r10-776], r3
    452  ldxdw r2, [r10-896]
    453  ldxdw r1, [r2+8]
    454  stxdw [r10-772], r1
    455  ldxdw r1, [r2+16]
    456  stxdw [r10-764], r1
    457  ldxdw r1, [r2+24]
    458  stxdw [r10-756], r1
    459  ldxdw r1, [r2+32]
    460  mov64 r2, 257
    461  stxh [r10-784], r2
    462  stxdw [r10-748], r1
    463  mov64 r1, 36
    464  stxdw [r10-800], r1
    465  mov64 r1, r10
    466  add64 r1, -776
    467  stxdw [r10-808], r1
    468  mov64 r1, r10
    469  add64 r1, -792
    470  stxdw [r10-824], r1
    471  lddw r1, 0x28                      ; rodata 0000000000000000 0000000000000000
    473  stxdw [r10-832], r1
    474  stxdw [r10-792], r5
    475  stxdw [r10-816], r3
    476  ldxdw r1, [r9+10328]
    477  mov64 r2, r1
    478  add64 r2, 7
    479  and64 r2, -8
    480  ldxdw r4, [r10-904]
    481  mov64 r3, r4
    482  add64 r3, r2
    483  ldxdw r2, [r3+10240]
    484  stxdw [r10-848], r2
    485  stxdw [r10-856], r7
    486  stxdw [r10-864], r4
    487  stxdw [r10-872], r1
    488  stxdw [r10-880], r8
    489  stxdw [r10-888], r5
    490  ldxb r1, [r9+10249]
    491  stxb [r10-840], r1
    492  ldxb r1, [r9+10250]
    493  stxb [r10-839], r1
    494  ldxb r1, [r9+10251]
    495  stxb [r10-838], r1
    496  mov64 r1, r10
    497  add64 r1, -832
    498  mov64 r2, r10
    499  add64 r2, -888
    500  mov64 r4, r10
    501  add64 r4, -160
    502  mov64 r3, 1
    503  mov64 r5, 1
    504  call sol_invoke_signed_c
    505  jeq r0, 0, L255
    506  ja L28

instruction.step:
  ; tests/hognose/golden/samples/counter.py:71  def step(accounts: Step, by: u8) -> None:
    507  mov64 r8, r3
    508  mov64 r7, r2
    509  mov64 r6, r1
    510  lddw r1, 0x98                      ; rodata 'Instruction: Ste'
    512  mov64 r2, 17
    513  call sol_log_
    514  mov64 r0, 3005
    515  ldxdw r1, [r6+0]
    516  jlt r1, 2, L520
    517  mov64 r0, 2040
    518  ldxb r1, [r6+8]
    519  jeq r1, 255, L521
L520:
    520  exit
L521:
    521  ldxdw r1, [r6+88]
    522  add64 r1, 7
    523  and64 r1, -8
    524  mov64 r9, r6
    525  add64 r9, r1
    526  ldxb r1, [r9+10344]
    527  jne r1, 255, L520
    528  mov64 r0, 102
    529  jne r8, 9, L520
  ; tests/hognose/golden/samples/counter.py:61  owner: Account = signer()
    530  ldxb r1, [r6+9]
    531  jeq r1, 0, L652
    532  add64 r9, 96
  ; tests/hognose/golden/samples/counter.py:62  counter: Counter = state(writable=True, owner="owner")
    533  ldxb r1, [r9+10250]
    534  jeq r1, 0, L658
    535  mov64 r1, r7
    536  add64 r1, 9
    537  ldxdw r2, [r1+0]
    538  ldxdw r3, [r9+10288]
    539  jeq r3, r2, L541
    540  ja L683
L541:
    541  ldxdw r2, [r7+17]
    542  ldxdw r3, [r9+10296]
    543  jne r3, r2, L683
    544  ldxdw r2, [r7+25]
    545  ldxdw r3, [r9+10304]
    546  jne r3, r2, L683
    547  ldxdw r2, [r7+33]
    548  ldxdw r3, [r9+10312]
    549  jne r3, r2, L683
    550  ldxdw r8, [r9+10328]
    551  jeq r8, 49, L553
    552  ja L664
L553:
    553  ldxdw r2, [r9+10336]
    554  lddw r3, 0x197cfdbcf504b0ff        ; 1836621736066724095
    556  jeq r2, r3, L558
    557  ja L677
L558:
    558  ldxb r7, [r7+8]
    559  mov64 r2, 21
    560  stxdw [r10-104], r2
    561  lddw r2, 0xa9                      ; rodata 'ProgramDerivedAd'
    563  stxdw [r10-112], r2
    564  mov64 r2, 32
    565  stxdw [r10-120], r2
    566  stxdw [r10-128], r1
    567  mov64 r1, 33
    568  stxdw [r10-136], r1
    569  mov64 r1, 7
    570  stxdw [r10-152], r1
    571  lddw r1, 0x6f                      ; rodata 'counter'
    573  stxdw [r10-160], r1
    574  mov64 r8, r9
    575  add64 r8, 10344
    576  stxdw [r10-144], r8
    577  mov64 r1, r10
    578  add64 r1, -160
    579  mov64 r3, r10
    580  add64 r3, -96
    581  mov64 r2, 4
    582  call sol_sha256
    583  ldxdw r2, [r9+10256]
    584  ldxdw r1, [r10-96]
    585  jeq r1, r2, L587
    586  ja L640
L587:
    587  ldxdw r3, [r9+10264]
    588  ldxdw r2, [r10-88]
    589  jne r2, r3, L640
    590  ldxdw r4, [r9+10272]
    591  ldxdw r3, [r10-80]
    592  jne r3, r4, L640
    593  ldxdw r5, [r9+10280]
    594  ldxdw r4, [r10-72]
    595  jne r4, r5, L640
    596  ldxdw r5, [r6+16]
    597  ldxdw r0, [r8+0]
    598  jeq r0, r5, L600
    599  ja L646
L600:
    600  ldxdw r5, [r6+24]
    601  ldxdw r0, [r9+10352]
    602  jne r0, r5, L646
    603  ldxdw r5, [r6+32]
    604  ldxdw r0, [r9+10360]
    605  jne r0, r5, L646
    606  ldxdw r5, [r6+40]
    607  ldxdw r0, [r9+10368]
    608  jne r0, r5, L646
    609  mov64 r0, 6000
  ; tests/hognose/golden/samples/counter.py:73  require(by <= 10, Error.TOO_FAR)
    610  jgt r7, 10, L520
  ; tests/hognose/golden/samples/counter.py:74  accounts.counter.total += by
    611  ldxdw r0, [r9+10377]
    612  mov64 r5, r0
    613  add64 r5, r7
    614  mov64 r6, 1
    615  jlt r5, r0, L617
    616  mov64 r6, 0
L617:
    617  mov64 r0, 1074794496
    618  and64 r6, 1
    619  jne r6, 0, L520
    620  stxdw [r9+10377], r5
  ; tests/hognose/golden/samples/counter.py:75  emit(Stepped(counter=key(accounts.counter), total=accounts.counter.total))
    621  stxdw [r10-8], r5
    622  stxdw [r10-16], r4
    623  stxdw [r10-24], r3
    624  stxdw [r10-32], r2
    625  stxdw [r10-40], r1
    626  lddw r1, 0x25fe45b14644658c        ; 2737702251178255756
    628  stxdw [r10-48], r1
    629  mov64 r1, 48
    630  stxdw [r10-56], r1
    631  mov64 r1, r10
    632  add64 r1, -48
    633  stxdw [r10-64], r1
    634  mov64 r1, r10
    635  add64 r1, -64
    636  mov64 r2, 1
    637  call sol_log_data
    638  mov64 r0, 0
    639  ja L520
L640:
  ; tests/hognose/golden/samples/counter.py:62  counter: Counter = state(writable=True, owner="owner")
    640  lddw r1, 0x5f                      ; rodata 'account: counter'
    642  mov64 r2, 16
    643  call sol_log_
    644  mov64 r0, 2006
    645  ja L520
L646:
    646  lddw r1, 0x5f                      ; rodata 'account: counter'
    648  mov64 r2, 16
    649  call sol_log_
    650  mov64 r0, 2001
    651  ja L520
L652:
  ; tests/hognose/golden/samples/counter.py:61  owner: Account = signer()
    652  lddw r1, 0x18                      ; rodata 'account: owner'
    654  mov64 r2, 14
    655  call sol_log_
    656  mov64 r0, 3010
    657  ja L520
L658:
  ; tests/hognose/golden/samples/counter.py:62  counter: Counter = state(writable=True, owner="owner")
    658  lddw r1, 0x5f                      ; rodata 'account: counter'
    660  mov64 r2, 16
    661  call sol_log_
    662  mov64 r0, 2000
    663  ja L520
L664:
    664  lddw r1, 0x5f                      ; rodata 'account: counter'
    666  mov64 r2, 16
    667  call sol_log_
    668  mov64 r0, 3001
    669  jlt r8, 8, L520
    670  ldxdw r1, [r9+10336]
    671  mov64 r0, 3003
    672  lddw r2, 0x197cfdbcf504b0ff        ; 1836621736066724095
    674  jeq r1, r2, L520
    675  mov64 r0, 3002
    676  ja L520
L677:
    677  lddw r1, 0x5f                      ; rodata 'account: counter'
    679  mov64 r2, 16
    680  call sol_log_
    681  mov64 r0, 3002
    682  ja L520
L683:
    683  lddw r1, 0x5f                      ; rodata 'account: counter'
    685  mov64 r2, 16
    686  call sol_log_
    687  mov64 r1, 0
    688  ldxdw r2, [r9+10288]
    689  jeq r2, 0, L698
L690:
    690  ldxdw r2, [r9+10328]
    691  and64 r1, 1
    692  mov64 r0, 3012
    693  jne r1, 0, L695
    694  mov64 r0, 3007
L695:
    695  jeq r2, 0, L520
    696  mov64 r0, 3007
    697  ja L520
L698:
    698  ldxdw r2, [r9+10296]
    699  jne r2, 0, L690
    700  ldxdw r2, [r9+10304]
    701  jne r2, 0, L690
    702  ldxdw r2, [r9+10312]
    703  mov64 r1, 1
    704  jeq r2, 0, L690
    705  mov64 r1, 0
    706  ja L690

rodata: 192 bytes
      0x0  49 6e 73 74 72 75 63 74 69 6f 6e 3a 20 4f 70 65  Instruction: Ope
     0x10  6e 43 6f 75 6e 74 65 72 61 63 63 6f 75 6e 74 3a  nCounteraccount:
     0x20  20 6f 77 6e 65 72 00 00 00 00 00 00 00 00 00 00   owner..........
     0x30  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  ................
     0x40  00 00 00 00 00 00 00 00 61 63 63 6f 75 6e 74 3a  ........account:
     0x50  20 73 79 73 74 65 6d 5f 70 72 6f 67 72 61 6d 61   system_programa
     0x60  63 63 6f 75 6e 74 3a 20 63 6f 75 6e 74 65 72 63  ccount: counterc
     0x70  6f 75 6e 74 65 72 00 00 06 a7 d5 17 19 2c 5c 51  ounter.......,\Q
     0x80  21 8c c9 4c 3d 4a f1 7f 58 da ee 08 9b a1 fd 44  !..L=J..X......D
     0x90  e3 db d9 8a 00 00 00 00 49 6e 73 74 72 75 63 74  ........Instruct
     0xa0  69 6f 6e 3a 20 53 74 65 70 50 72 6f 67 72 61 6d  ion: StepProgram
     0xb0  44 65 72 69 76 65 64 41 64 64 72 65 73 73 00 00  DerivedAddress..
