-- after: detail.*
SELECT source, livraison, fichier, sha256, lues AS lignes_lues, lues - rejetees - remplacees AS lignes_acceptees,
  rejetees AS lignes_rejetees, remplacees AS lignes_remplacees, table_lue
FROM lu.fichiers
ORDER BY source, livraison, fichier, table_lue
