-- after: detail.accompagnements detail.actions detail.soins
-- after: detail.enquete_repondants detail.enquete_actions detail.enquete_conventions detail.enquete_ateliers_parents detail.enquete_ase
-- after: detail.action_sociale_dossiers detail.action_sociale_urgences detail.action_sociale_ateliers
-- after: detail.action_sociale_entretiens detail.action_sociale_formations detail.action_sociale_dotations
SELECT source, livraison, fichier, sha256, lues AS lignes_lues, lues - rejetees - remplacees AS lignes_acceptees,
  rejetees AS lignes_rejetees, remplacees AS lignes_remplacees, table_lue
FROM lu.fichiers
ORDER BY source, livraison, fichier, table_lue
