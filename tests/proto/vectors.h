/*
 * vectors.h - the byte layouts of PROTOCOL.md section 13, worked out once by other means (Python's hashlib
 * and cryptography) and frozen. Seeds of Ed25519 keys: server 32 x 01, owner 32 x 02, device 32 x 03; invite
 * secret 16 x 42; genesis nonce 16 x 07; user 16 x 0a. PROTOCOL.md has the other inputs.
 */
#ifndef OIM_TESTS_PROTO_VECTORS_H
#define OIM_TESTS_PROTO_VECTORS_H

#define VECTOR_SERVER_PUB "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c"
#define VECTOR_OWNER_IK "8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394"
#define VECTOR_DEVICE_IK "ed4928c628d1c2c6eae90338905995612959273a5c63f93636c14614ac8737d1"
#define VECTOR_GENESIS_BODY                                                                        \
    "2080d095ffbc3152560a208a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c122081" \
    "39770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b3941a1007070707070707070707070707" \
    "070707"
#define VECTOR_ORG_ID "18381f1cd3579a064bc9474297c8ead1"
#define VECTOR_GENESIS_SIG_OWNER                                                                   \
    "84f7baa99ac71fbe478b7b998bf9f0a4b53134b0b473173eb3d09f19862818878d4818c5e6c75b57400f0b292ef3" \
    "4764f7989fdd6d2a61a267307e4681fea202"
#define VECTOR_GENESIS_SIG_SERVER                                                                  \
    "cdbb67d971982be19dc473d74c19af64546cea0e659fd43bdb16d6663c707f90122a701d48415f300c2e5a369995" \
    "913896dbf0e9f9de83e1ed29827e7ecdc604"
#define VECTOR_HASH_1 "a83fa1e41a54420cf2a7425d7eb41c0f385d06ddaa9c299fcee42750c7990cde"
#define VECTOR_INVITE_SEED "83effd3352174543da9d5b783ad6b4b2fc458f3b43c3e4a09d7c1e5aaf22574f"
#define VECTOR_INVITE_PUB "9b8c1d5d3e78c4a7a0480e8bc03a989b9a938bcd08ddde582aae52c2b1f7612c"
#define VECTOR_INVITE_ID "9c2ec0cde8a121c32476f479cbe19870"
#define VECTOR_USER_CREATE_BODY                                                                    \
    "0a100a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a10012081d095ffbc315a2a0a04746f6e7910011a209b8c1d5d3e78c4" \
    "a7a0480e8bc03a989b9a938bcd08ddde582aae52c2b1f7612c"
#define VECTOR_USER_CREATE_SIG                                                                     \
    "5530728ed645e7f5eab3480bedac1bdb579d068f96defd360bf6f4fbb07ae24963824421d1480a0ef0ba7c93603d" \
    "a1e17d479dad14602e8f91d348aa7e17da0a"
#define VECTOR_HASH_2 "46eda12892bcb56c90465d9cf9c59e53fe6ee1869e32cd77fbee2b5867e244bc"
#define VECTOR_USER_HASH_1 "5c31d0921f26ca87c70b6694ae299e39a0f2b8cebf6ab49a2594a978d69f21b7"
#define VECTOR_DEVICE_ADD_BODY                                                                     \
    "0a100a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a10021a205c31d0921f26ca87c70b6694ae299e39a0f2b8cebf6ab49a" \
    "2594a978d69f21b72082d095ffbc31623008011220ed4928c628d1c2c6eae90338905995612959273a5c63f93636" \
    "c14614ac8737d1180122086465766963652d31"
#define VECTOR_DEVICE_ADD_SIG_INVITE                                                               \
    "e33166897f28e808c2cbf7b46f2514c46067dc9697a7f9c7c2886765c583db2621e5d5309dff8b1f5b39a8d3b582" \
    "bac4712d8f1a99f63e5d009a42f391ebea09"
#define VECTOR_DEVICE_ADD_SIG_DEVICE                                                               \
    "cc18bddb3510cc1a36de9a8ec83d8dabcdb3fc08c3e1fb2ae2af791eee329a7d6518683efe2183852460e9b6aa1f" \
    "00dc3628e4ce687bc296c106b07be7e33d06"
#define VECTOR_HEAD_SIG                                                                            \
    "3409189e41641a89c0059941cb717ab2f7259dd04a52673ec173d594663420fc5cecd4d9f2a752bf42e8db6954f6" \
    "f9923d29f80d760f7896603630092b12a60a"
#define VECTOR_SERVER_KEY_ID "decb67097c1109fae0c95435440f7941"
#define VECTOR_DEVICE_ID "673be540757e21832f05d0fefae1ceeb"
#define VECTOR_LINE                                                                                \
    "oim://chat.example.org:7667/#AQEBGDgfHNNXmgZLyUdCl8jq0d7LZwl8EQn64MlUNUQPeUFCQkJCQkJCQkJCQkJ" \
    "CQkJCAHRvbnk"
#define VECTOR_LINK_ID "1748992f7b0b991f5932c7df3de463f4"
#define VECTOR_LINK_MAC "c8dcdb2ad776dd03d16260ec71684ca1beab9f47e5481444453819b53a94d60a"
#define VECTOR_TH_CB0 "14924a0f89c83579ed0382ec757ff700d6fdd874a1647a1e52701181721df59d"
#define VECTOR_SIG_SERVER                                                                          \
    "ae2fb21d80ec7057c10db46fc3272575f388a37685b301516da2a66ae38a67b8f1720aa5fa67d71851d303e90e80" \
    "6c33576b2239b794f9423fff36c5b07ff309"
#define VECTOR_SIG_DEVICE                                                                          \
    "dd4ea417c54d8d8f410c4ffae82b8894cc73f4649e5344b3d6e40dac0e391514fc2a98132e747955da8b78358a1f" \
    "9e22a5bf848a992954619c7b7417f3e4820b"
#define VECTOR_TH_CB1 "96ec003fa75ce0415bc9583f0f7d64ef92863484a777054bbb857ae88ef793ed"
#define VECTOR_SIG_SERVER_CB1                                                                      \
    "8188b92079e22587eff43e50ead0a88a34b16884b773e2a637f19dc134d0e732432725c336768ec1a5930ebb2940" \
    "cc5f45aa017f664d22fcc4ed07cf64fae903"
#define VECTOR_SIG_DEVICE_CB1                                                                      \
    "552c90583b9cfb8c68f55a0566c0d73d0ad81c200b6fcbcece41ecee7a5dc884549c775f7afd491a0e8ea456549b" \
    "da39604a28cf3daf78648b5a66d9b2a9ff0a"
#define VECTOR_ADMIN_BODY "b201230a06476c6f62616c12190a15456e61626c65494d4175746f417263686976696e671001"
#define VECTOR_ADMIN_SIG                                                                           \
    "2c4f636704c9af3e34b8a4ec7d4a2a5655ade8ea453114946b6a20ad0182a6a9f3dd0c07fd4a71ef57e2360a2c67" \
    "39c736892cd0c469be445945ff893a0a5201"
#define VECTOR_ADDR_BODY "080512190a15636861742e6578616d706c652e6f72673a373636371001"
#define VECTOR_ADDR_SIG                                                                            \
    "d89ca4dd34ca13cbabf75eafb33fad26a4006d284b2142e247f9dd7ce8045af9683a6a065086e2e1dd87c3470b78" \
    "d96336b17957d9081db46d043a9fc6a0aa04"
#define VECTOR_INNER "08e4d095ffbc31180152070a0568656c6c6f"
#define VECTOR_SUBMIT_FRAME                                                                        \
    "0000005a001400000001080812100a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a1a102222222222222222222222222222" \
    "2222280130023a141a1208e4d095ffbc31180152070a0568656c6c6f42120a10673be540757e21832f05d0fefae1" \
    "ceeb"

#endif
