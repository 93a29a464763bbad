-- A store as the program with the first migration left it: three changes, the first with its personal part erased.
INSERT INTO meta (name, value) VALUES
    ('store_id', '00112233445566778899aabbccddeeff');
INSERT INTO registry_row (sequence, table_name, row_key, community_id, body, applied_at_us, author) VALUES
    (1, 'members', '["c","m-1"]', 'c',
     '{"table":"members","community_id":"c","member_id":"m-1","holder":"c/m-1","kind":"household"}',
     1767225600000000, 'anna');
INSERT INTO registry_row (sequence, table_name, row_key, community_id, body, applied_at_us, author) VALUES
    (2, 'tariffs', '["c","internal_energy",null,0]', 'c',
     '{"table":"tariffs","community_id":"c","item":"internal_energy","producer":null,"price_micro_per_kwh":115000,"price_micro_per_month":null,"vat_basis_points":2000,"vat_category":"S","valid_from":0,"valid_to":9223372036854775807}',
     1767225600000000, 'anna');
INSERT INTO registry_row (sequence, table_name, row_key, community_id, body, applied_at_us, author) VALUES
    (3, 'tariffs', '["c","internal_energy",null,0]', 'c',
     '{"table":"tariffs","community_id":"c","item":"internal_energy","producer":null,"price_micro_per_kwh":116000,"price_micro_per_month":null,"vat_basis_points":2000,"vat_category":"S","valid_from":0,"valid_to":9223372036854775807}',
     1767225600000000, 'test');
INSERT INTO registry_current (table_name, row_key, sequence, body) VALUES
    ('members', '["c","m-1"]', 1,
     '{"table":"members","community_id":"c","member_id":"m-1","holder":"c/m-1","kind":"household"}');
INSERT INTO registry_current (table_name, row_key, sequence, body) VALUES
    ('tariffs', '["c","internal_energy",null,0]', 3,
     '{"table":"tariffs","community_id":"c","item":"internal_energy","producer":null,"price_micro_per_kwh":116000,"price_micro_per_month":null,"vat_basis_points":2000,"vat_category":"S","valid_from":0,"valid_to":9223372036854775807}');
INSERT INTO display_name (community_id, member_id, name) VALUES
    ('c', 'm-1', 'Anne O''Hara');
INSERT INTO audit (sequence, at_us, author, action, detail, body_digest, previous_hash, hash) VALUES
    (1, 1767225600000000, 'anna', 'apply',
     '{"bills":[],"from_sequence":1,"rows_sha256":"17986edbe364a1401351ede5b4ee4f9cefe4863ef7544e3b9354ea6de9bcd756","to_sequence":2}',
     '6ec237cb7f29fc8d9de21ef4425e88f3abba6909eb4b9a7345ccc0e97f312932', '',
     '08ad602facd78296c0b3d7cec377f85dbbcf56c4390852db71d707f65ebf2e2e');
INSERT INTO audit (sequence, at_us, author, action, detail, body_digest, previous_hash, hash) VALUES
    (2, 1767225600000000, 'test', 'apply',
     '{"bills":[],"from_sequence":3,"rows_sha256":"896d5ee055f68866a9bf82f1749d31e1f133747bc6f00e75b5fb5b53eb52c116","to_sequence":3}',
     'bba2ba155b210569654654a1a40ef96300dc37e31141752ddf00d220b6656382',
     '08ad602facd78296c0b3d7cec377f85dbbcf56c4390852db71d707f65ebf2e2e',
     '901a6a2aa9d7e13127a16eafa883e3da499c0de00c992203013c46757576f981');
INSERT INTO audit (sequence, at_us, author, action, detail, body_digest, previous_hash, hash) VALUES
    (3, 1767225600000000, 'test', 'apply',
     '{"bills":[],"from_sequence":4,"rows_sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","to_sequence":3}',
     '38f4ff9a90813386303f2ae2928c0cab7f0d73cbc99fe16a6cedd044586af3c9',
     '901a6a2aa9d7e13127a16eafa883e3da499c0de00c992203013c46757576f981',
     '495fc794c7ebcc0b227c322cfa833984dc36f6a1b59598606fb30712f5726140');
INSERT INTO audit_body (sequence, salt, body) VALUES
    (2, '47679916398f0957f24767f2c7e8112e', '{"names":[]}');
INSERT INTO audit_body (sequence, salt, body) VALUES
    (3, 'a0c49ff898b335ee2a184ac568303058', '{"names":[["c","m-1","Anne O''Hara"]]}');
INSERT INTO lease (name, holder, epoch, expires_at_us) VALUES ('lake', 'old', 7, 1767225599999999);
INSERT INTO request (kind, body, state, epoch, result, created_at_us, finished_at_us) VALUES
    ('run', '{"job":"all"}', 'done', 7, '3 windows', 1767225599999991, 1767225599999992);
INSERT INTO request (kind, body, state, created_at_us) VALUES ('apply', '{}', 'pending', 1767225599999993);
